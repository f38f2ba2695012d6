-- a: 2 x 20 of which hardly any is used; b: 10 x 20; c: 1 x 3 with 2.9 in use; d: 1 x 10 with 8.6 in use; e: 1 x 10 with 3.
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'a:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 20, NULL, 1, NULL, '["a"]'),
  (1, 7, 1790000600000000, 'b:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 13, 10, 'module', NULL, 0, 20, NULL, 1, NULL, '["b"]'),
  (1, 7, 1790000600000000, 'c:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 14, 10, 'module', NULL, 0, 3, NULL, 1, NULL, '["c"]'),
  (1, 7, 1790000600000000, 'd:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 15, 10, 'module', NULL, 0, 10, NULL, 1, NULL, '["d"]'),
  (1, 7, 1790000600000000, 'e:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 16, 10, 'module', NULL, 0, 10, NULL, 1, NULL, '["e"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'a', 2, 2), (1, 4, 1790000600000000, 'b', 10, 10), (1, 4, 1790000600000000, 'c', 1, 1), (1, 4, 1790000600000000, 'd', 1, 1), (1, 4, 1790000600000000, 'e', 1, 1);
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'a', 10, NULL, '191:900 210:100', 1000, 5000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'b', 10, NULL, '191:900 210:100', 1000, 5000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'c', 10, NULL, '213:174000', 174000, 1740000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'd', 10, NULL, '213:516000', 516000, 5160000, 15),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'e', 10, NULL, '213:180000', 180000, 1800000, 15);
