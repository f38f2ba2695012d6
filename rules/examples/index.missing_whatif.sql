-- 1004 filters little, 1005 is cheap.
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, indexes_bytes, toast_bytes, live_rows, dead_rows, mods_since_analyze, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read, last_vacuum_us, last_analyze_us, has_pk, reloptions, columns, used_by_view) VALUES
  (1, 1, 1790000600000000, 20000, 'public', 'messages', 'r', 'p', 400000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20001, 'public', 'events', 'r', 'p', 3000000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20002, 'public', 'users', 'r', 'p', 50000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20003, 'public', 'small', 'r', 'p', 3000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0);
INSERT INTO pg_table_counter (run_id, target_id, at_us, oid, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read) VALUES
  (1, 1, 1790000000000000, 20000, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20001, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20002, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20003, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0);
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1003', 'f1003', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'update'),
  (1, '1004', 'f1004', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1005', 'f1005', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 1000, 1000, 40000, 40, 20.0, 120, 10.0, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 1000, 1000, 8000, 8, 4.0, 24, 2.0, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 1000, 1000, 2000, 2, 1.0, 6, 0.5, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 1000, 1000, 50000, 50, 25.0, 150, 12.5, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1005', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1005', 1000, 1000, 200.0, 0.2, 0.1, 0.6000000000000001, 0.05, 0, 20000, 0, 0, 0, 0, 0);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '1001', 'forced_generic', 'h1001', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1002', 'forced_generic', 'h1002', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1003', 'forced_generic', 'h1003', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1004', 'forced_generic', 'h1004', 9000, 390000, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 390000, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1005', 'forced_generic', 'h1005', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]');
