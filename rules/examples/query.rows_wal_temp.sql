INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM profiles', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'SELECT * FROM a ORDER BY b', 'select'),
  (1, '1003', 'f1003', '15-4.2.3', 'UPDATE a SET b = $1', 'update'),
  (1, '1004', 'f1004', '15-4.2.3', 'COPY a TO STDOUT', 'utility');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 10, 200000, 900, 90, 45.0, 270, 22.5, 0, 200, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 10, 100, 9000, 900, 450.0, 2700, 225.0, 0, 200, 0, 0, 30000, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 10, 10000, 90000, 9000, 4500.0, 27000, 2250.0, 0, 200, 0, 0, 0, 20000000000, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 10, 90000000, 9000, 900, 450.0, 2700, 225.0, 0, 200, 0, 0, 0, 0, 0);
