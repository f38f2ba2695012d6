-- site has most connections, its longest statement took 20 s, and a session of it was 100 s idle in its transaction
UPDATE pg_activity_sample SET connections = 40, oldest_idle_in_transaction_ms = 100000, idle_in_transaction = 1 WHERE role = 'site';
UPDATE pg_role_setting SET role = 'other', database = NULL WHERE role IS NULL OR role = 'app';
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1', 'f1', '15-4.2.3', 'SELECT 1 FROM t WHERE a = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, max_ms, stddev_ms) VALUES
  (1, 1, 1790000600000000, 'end', 'hearts', 'site', '1', 1, 1000, 1000, 5000, 5, 20000, 0);
