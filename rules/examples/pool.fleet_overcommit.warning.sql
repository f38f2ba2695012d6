-- 6 processes of 5 + 10 and 1 of 10: 100 - of them 90 ordinary; the others stand behind the pooler.
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'bots.db:engine', 'sqlalchemy', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 5, 7, NULL, NULL, '["bot"]'),
  (1, 7, 1790000600000000, 'worker.db:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 10, NULL, 10, NULL, '["worker"]'),
  (1, 7, 1790000600000000, 'api.db:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 1, 50, NULL, 10, NULL, '["api"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'bot', 6, 6),
  (1, 4, 1790000600000000, 'worker', 1, 1),
  (1, 4, 1790000600000000, 'api', 5, 5);
