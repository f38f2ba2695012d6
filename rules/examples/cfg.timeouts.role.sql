-- 0 for all, but the application's role has them.
UPDATE pg_setting SET value = '0' WHERE name = 'statement_timeout';
UPDATE pg_setting SET value = '0' WHERE name = 'lock_timeout';
UPDATE pg_setting SET value = '0' WHERE name = 'idle_in_transaction_session_timeout';
INSERT INTO pg_role_setting (run_id, target_id, at_us, role, database, name, value) VALUES
  (1, 1, 1790000600000000, 'app', NULL, 'statement_timeout', '30s'),
  (1, 1, 1790000600000000, 'app', NULL, 'lock_timeout', '2s'),
  (1, 1, 1790000600000000, 'app', NULL, 'idle_in_transaction_session_timeout', '1min');
