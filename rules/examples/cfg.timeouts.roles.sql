-- of two roles, one has a statement_timeout; both get the database's idle_in_transaction_session_timeout
INSERT INTO pg_activity_sample (run_id, target_id, at_us, application, role, connections, active, idle, idle_in_transaction, waiting_lock, blocked, oldest_xact_ms, oldest_query_ms, oldest_backend_s, youngest_backend_s) VALUES
  (1, 1, 1790000600000000, 'bot', 'app', 10, 1, 9, 0, 0, 0, 1, 1, 10, 1),
  (1, 1, 1790000600000000, 'web', 'site', 4, 1, 3, 0, 0, 0, 1, 1, 10, 1);
INSERT INTO pg_role_setting (run_id, target_id, at_us, role, database, name, value) VALUES
  (1, 1, 1790000600000000, 'app', NULL, 'statement_timeout', '30s'),
  (1, 1, 1790000600000000, NULL, 'hearts', 'idle_in_transaction_session_timeout', '60s');
