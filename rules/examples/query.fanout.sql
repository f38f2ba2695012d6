-- Three families of 25, 250 and 2,500 variants, and one of three.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind)
SELECT 1, f.name || n.i, f.name, '15-4.2.3', 'SELECT * FROM messages WHERE id IN ($1)', 'select'
FROM n JOIN (SELECT 'fa' AS name, 25 AS size UNION ALL SELECT 'fb', 250 UNION ALL SELECT 'fc', 2500 UNION ALL SELECT 'fd', 3) f ON n.i <= f.size;
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms)
SELECT 1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, queryid, 10, 10, 10, 1, 1, 2, 0.1, 0, 30, 0, 0, 0, 0, 0 FROM pg_statement_text;
