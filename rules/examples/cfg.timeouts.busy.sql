-- its migrations, too, which build indexes for 50 minutes
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '2', 'f2', '15-4.2.3', 'CREATE INDEX CONCURRENTLY i ON t (a)', 'utility');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, max_ms, stddev_ms) VALUES
  (1, 1, 1790000600000000, 'end', 'hearts', 'site', '2', 1, 1, 0, 3000000, 3000000, 3000000, 0);
