-- Three tables of one name in three schemas: 50,000, 500,000 and 9 million rows. 1004 compares the bare column.
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, indexes_bytes, toast_bytes, live_rows, dead_rows, mods_since_analyze, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read, last_vacuum_us, last_analyze_us, has_pk, reloptions, columns, used_by_view) VALUES
  (1, 1, 1790000600000000, 20000, 's1', 'users', 'r', 'p', 50000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20001, 's2', 'users', 'r', 'p', 500000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20002, 's3', 'users', 'r', 'p', 9000000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0);
INSERT INTO pg_table_counter (run_id, target_id, at_us, oid, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read) VALUES
  (1, 1, 1790000000000000, 20000, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20001, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20002, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0);
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM users WHERE lower(email) = $1', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'SELECT * FROM users WHERE lower(email) = $1', 'select'),
  (1, '1003', 'f1003', '15-4.2.3', 'SELECT * FROM users WHERE lower(email) = $1', 'select'),
  (1, '1004', 'f1004', '15-4.2.3', 'SELECT * FROM users WHERE lower(email) = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 100, 100, 2000, 20, 10.0, 60, 5.0, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 100, 100, 2000, 20, 10.0, 60, 5.0, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 100, 100, 2000, 20, 10.0, 60, 5.0, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 100, 100, 2000, 20, 10.0, 60, 5.0, 0, 2000, 0, 0, 0, 0, 0);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '1001', 'forced_generic', 'h1001', 9000, 250, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 250, "Plan Width": 40, "Relation Name": "users", "Schema": "s1", "Alias": "users", "Filter": "(lower(email) = $1)"}}]'),
  (1, 1, 1790000600000000, '1002', 'forced_generic', 'h1002', 9000, 250, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 250, "Plan Width": 40, "Relation Name": "users", "Schema": "s2", "Alias": "users", "Filter": "(date_trunc(''day''::text, created) = $1)"}}]'),
  (1, 1, 1790000600000000, '1003', 'forced_generic', 'h1003', 9000, 250, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 250, "Plan Width": 40, "Relation Name": "users", "Schema": "s3", "Alias": "users", "Filter": "(upper(email) = $1)"}}]'),
  (1, 1, 1790000600000000, '1004', 'forced_generic', 'h1004', 9000, 250, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 250, "Plan Width": 40, "Relation Name": "users", "Schema": "s3", "Alias": "users", "Filter": "(email = $1)"}}]');
