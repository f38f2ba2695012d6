-- 60 sessions of the role, 8 GB of memory
INSERT INTO pg_activity_sample (run_id, target_id, at_us, application, role, connections, active, idle, idle_in_transaction, waiting_lock, blocked, oldest_xact_ms, oldest_query_ms, oldest_backend_s, youngest_backend_s) VALUES
  (1, 1, 1790000600000000, 'bot', 'app', 60, 1, 59, 0, 0, 0, 1, 1, 10, 1);
UPDATE pg_statement SET temp_written = temp_written * 20 WHERE edge = 'end';
