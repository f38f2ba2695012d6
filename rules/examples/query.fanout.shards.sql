-- 250 tables of tenants: one fingerprint, since it leaves out digits of names, and no fan-out.
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, tables, kind)
SELECT 1, 'fa' || n.i, 'fa', '15-4.2.3', 'SELECT * FROM messages_' || n.i || ' WHERE id = $1', '["messages_' || n.i || '"]', 'select' FROM n;
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms)
SELECT 1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, queryid, 10, 10, 10, 1, 1, 2, 0.1, 0, 30, 0, 0, 0, 0, 0 FROM pg_statement_text;
