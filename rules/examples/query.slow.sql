-- 1004 is slow but rare, 1005 is maintenance.
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1003', 'f1003', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1004', 'f1004', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1005', 'f1005', '15-4.2.3', 'VACUUM', 'utility');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 200, 200, 6000, 30, 15.0, 90, 7.5, 0, 4000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 100, 100, 8000, 80, 40.0, 240, 20.0, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 50, 50, 35000, 700, 350.0, 2100, 175.0, 0, 1000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 3, 3, 2700, 900, 450.0, 2700, 225.0, 0, 60, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1005', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1005', 100, 100, 90000, 900, 450.0, 2700, 225.0, 0, 2000, 0, 0, 0, 0, 0);
