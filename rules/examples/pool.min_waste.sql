INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'a:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 10, NULL, 10, NULL, '["a"]'),
  (1, 7, 1790000600000000, 'b:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 10, NULL, 10, NULL, '["b"]'),
  (1, 7, 1790000600000000, 'c:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 10, NULL, 10, NULL, '["c"]'),
  (1, 7, 1790000600000000, 'd:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 10, NULL, 10, NULL, '["d"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'a', 1, 1),
  (1, 4, 1790000600000000, 'b', 3, 3),
  (1, 4, 1790000600000000, 'c', 15, 15),
  (1, 4, 1790000600000000, 'd', 1, 1);
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'a', 10, NULL, '191:900 210:100', 1000, 5000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'b', 10, NULL, '191:900 210:100', 1000, 5000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'c', 10, NULL, '191:900 210:100', 1000, 5000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'd', 10, NULL, '191:90000 254:10000', 600000, 4800000, 24);
