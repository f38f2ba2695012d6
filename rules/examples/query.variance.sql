INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1003', 'f1003', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1004', 'f1004', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 100, 100, 800, 8, 4.0, 24, 30, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 100, 100, 3000, 30, 15.0, 90, 160, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 100, 100, 12000, 120, 60.0, 360, 1500, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 100, 100, 40.0, 0.4, 0.2, 1.2000000000000002, 20, 0, 2000, 0, 0, 0, 0, 0);
