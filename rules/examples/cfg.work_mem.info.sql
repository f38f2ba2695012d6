INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1', 'f1', '15-4.2.3', 'SELECT 1 FROM t WHERE a = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms, temp_written) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '1', 1, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '1', 1, 100, 100, 500, 5, 0, 12000);
