-- fine waits 2 ms; worker timed out; the label tells nothing where a program has one pool
INSERT INTO pg_database_sample (run_id, target_id, at_us, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, temp_files, temp_bytes, deadlocks, conflicts, session_ms, active_ms, idle_in_transaction_ms, sessions, sessions_abandoned, sessions_fatal, sessions_killed, server_connections, own_xacts) VALUES
  (1, 1, 1790000000000000, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0),
  (1, 1, 1790000600000000, 30, 60000, 100, 6000, 5000000, 0, 0, 0, 0, 18000000, 1800000, 300000, 20, 0, 0, 0, 30, 0);
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'bots.db:engine', 'sqlalchemy', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 5, 10, NULL, NULL, '["bot"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'bot', 4, 4);
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.wait_time', 'bot', 10, 'main', '106:900 229:100', 1000, 2000, 6),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'bot', 10, 'main', '191:900 210:100', 1000, 4000, 12),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.wait_time', 'worker', 10, NULL, '106:90', 90, 180, 6),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.wait_time', 'fine', 10, NULL, '175:900', 900, 1800, 6);
INSERT INTO event_count (run_id, target_id, at_us, interval_us, metric, program, pid, label, count) VALUES
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.timeouts', 'worker', 11, NULL, 3);
