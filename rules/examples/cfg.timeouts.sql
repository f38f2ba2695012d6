UPDATE pg_setting SET value = '0' WHERE name = 'statement_timeout';
UPDATE pg_setting SET value = '0' WHERE name = 'lock_timeout';
UPDATE pg_setting SET value = '0' WHERE name = 'idle_in_transaction_session_timeout';
