-- A capture of the day before. 4021 lost its index and is slow, 4022 likewise, 4023 costs more and is as fast as before, 4024 changed for the better.
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, outcome, tool) VALUES (0, 'before', 'capture', 1789900000000000, 1789900600000000, 'ok', 't');
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '4021', 'f4021', '15-4.2.3', 'SELECT 4021', 'select'),
  (1, '4022', 'f4022', '15-4.2.3', 'SELECT 4022', 'select'),
  (1, '4023', 'f4023', '15-4.2.3', 'SELECT 4023', 'select'),
  (1, '4024', 'f4024', '15-4.2.3', 'SELECT 4024', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (0, 1, 1789900000000000, 'begin', 'hearts', 'app', 1, '4021', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (0, 1, 1789900600000000, 'end', 'hearts', 'app', 1, '4021', 200, 200, 400, 2, 1.0, 6, 0.5, 0, 2000, 0, 0, 0, 0, 0),
  (0, 1, 1789900000000000, 'begin', 'hearts', 'app', 1, '4022', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (0, 1, 1789900600000000, 'end', 'hearts', 'app', 1, '4022', 200, 200, 2000, 10, 5.0, 30, 2.5, 0, 2000, 0, 0, 0, 0, 0),
  (0, 1, 1789900000000000, 'begin', 'hearts', 'app', 1, '4023', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (0, 1, 1789900600000000, 'end', 'hearts', 'app', 1, '4023', 200, 200, 1000, 5, 2.5, 15, 1.25, 0, 2000, 0, 0, 0, 0, 0),
  (0, 1, 1789900000000000, 'begin', 'hearts', 'app', 1, '4024', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (0, 1, 1789900600000000, 'end', 'hearts', 'app', 1, '4024', 200, 200, 18000, 90, 45.0, 270, 22.5, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '4021', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '4021', 200, 200, 12000, 60, 30.0, 180, 15.0, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '4022', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '4022', 200, 200, 4000, 20, 10.0, 60, 5.0, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '4023', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '4023', 200, 200, 1000, 5, 2.5, 15, 1.25, 0, 2000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '4024', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '4024', 200, 200, 600, 3, 1.5, 9, 0.75, 0, 2000, 0, 0, 0, 0, 0);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, params, plan_hash, total_cost, plan_rows, plan) VALUES
  (0, 1, 1789900000000000, '4021', 'forced_generic', 'generic', 'a', 8, 10, '[{"Plan": {"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Index Name": "messages_x", "Index Cond": "(x = $1)", "Relation Name": "messages", "Schema": "public", "Alias": "messages"}}]'),
  (0, 1, 1789900000000000, '4022', 'forced_generic', 'generic', 'a', 8, 10, '[{"Plan": {"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Index Name": "users_x", "Index Cond": "(x = $1)", "Relation Name": "users", "Schema": "public", "Alias": "users"}}]'),
  (0, 1, 1789900000000000, '4023', 'forced_generic', 'generic', 'a', 8, 10, '[{"Plan": {"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Index Name": "orders_x", "Index Cond": "(x = $1)", "Relation Name": "orders", "Schema": "public", "Alias": "orders"}}]'),
  (0, 1, 1789900000000000, '4024', 'forced_generic', 'generic', 'a', 900, 10, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Filter": "(x = $1)", "Relation Name": "events", "Schema": "public", "Alias": "events"}}]'),
  (1, 1, 1790000600000000, '4021', 'forced_generic', 'generic', 'b', 900, 10, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Filter": "(x = $1)", "Relation Name": "messages", "Schema": "public", "Alias": "messages"}}]'),
  (1, 1, 1790000600000000, '4022', 'forced_generic', 'generic', 'b', 900, 10, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Filter": "(x = $1)", "Relation Name": "users", "Schema": "public", "Alias": "users"}}]'),
  (1, 1, 1790000600000000, '4023', 'forced_generic', 'generic', 'b', 80, 10, '[{"Plan": {"Node Type": "Sort", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Plans": [{"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Index Name": "o_y", "Relation Name": "orders", "Schema": "public", "Alias": "orders", "Parent Relationship": "Outer"}]}}]'),
  (1, 1, 1790000600000000, '4024', 'forced_generic', 'generic', 'b', 8, 10, '[{"Plan": {"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 100, "Plan Rows": 10, "Plan Width": 40, "Index Name": "events_x", "Index Cond": "(x = $1)", "Relation Name": "events", "Schema": "public", "Alias": "events"}}]');
