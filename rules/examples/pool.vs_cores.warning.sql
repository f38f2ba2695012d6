-- 80 connections on 4 CPUs, one of them at work.
INSERT INTO pg_database_sample (run_id, target_id, at_us, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, temp_files, temp_bytes, deadlocks, conflicts, session_ms, active_ms, idle_in_transaction_ms, sessions, sessions_abandoned, sessions_fatal, sessions_killed, server_connections, own_xacts) VALUES
  (1, 1, 1790000000000000, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0),
  (1, 1, 1790000600000000, 30, 60000, 100, 6000, 5000000, 0, 0, 0, 0, 18000000, 600000, 300000, 20, 0, 0, 0, 30, 0);
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'bots.db:engine', 'sqlalchemy', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 5, 5, NULL, NULL, '["bot"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'bot', 8, 8);
