-- 5 bots of 20 + 30
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'bots.db:engine', 'sqlalchemy', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 20, 30, NULL, NULL, '["bot"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'bot', 5, 5);
