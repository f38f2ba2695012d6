INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1', 'f1', '15-4.2.3', 'SELECT 1 FROM t WHERE a = $1', 'select'),
  (1, '2', 'f2', '15-4.2.3', 'SELECT 2 FROM t WHERE a = $1', 'select'),
  (1, '3', 'f3', '15-4.2.3', 'SELECT 3 FROM t WHERE a = $1', 'select'),
  (1, '4', 'f4', '15-4.2.3', 'SELECT 4 FROM t WHERE a = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms, plan_total_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '1', 1, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '1', 1, 1000, 1000, 500.0, 0.5, 0, 800.0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '2', 1, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '2', 1, 12000, 12000, 4800.0, 0.4, 0, 18000.0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '3', 1, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '3', 1, 60000, 60000, 12000.0, 0.2, 0, 96000.0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '4', 1, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '4', 1, 60000, 60000, 300000, 5, 0, 96000.0);
