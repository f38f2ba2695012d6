-- one column; right; few rows; statistics that are there already
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'visits', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'city', 'text'),
  (1, 1, 1790000600000000, 21001, 2, 'country', 'text'),
  (1, 1, 1790000600000000, 21001, 3, 'kind', 'integer');
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES (1, '1', 'f1', '15-4.2.3', 'SELECT * FROM visits WHERE city = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '1', 1, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '1', 1, 100, 500000, 900, 9, 1);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '1', 'forced_generic', 'h1', 900, 20, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 900, "Plan Rows": 20, "Plan Width": 40, "Relation Name": "visits", "Schema": "public", "Alias": "visits", "Filter": "(city = $1)"}}]');
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES (1, '2', 'f2', '15-4.2.3', 'SELECT * FROM visits WHERE city = $1 AND kind = $2', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '2', 1, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '2', 1, 100, 300000, 900, 9, 1);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '2', 'forced_generic', 'h2', 900, 2000, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 900, "Plan Rows": 2000, "Plan Width": 40, "Relation Name": "visits", "Schema": "public", "Alias": "visits", "Filter": "((city = $1) AND (kind = $2))"}}]');
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES (1, '3', 'f3', '15-4.2.3', 'SELECT 1 FROM visits WHERE country = $1 AND kind = $2', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '3', 1, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '3', 1, 100, 3000, 900, 9, 1);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '3', 'forced_generic', 'h3', 900, 1, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 900, "Plan Rows": 1, "Plan Width": 40, "Relation Name": "visits", "Schema": "public", "Alias": "visits", "Filter": "((country = $1) AND (kind = $2))"}}]');
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES (1, '4', 'f4', '15-4.2.3', 'SELECT * FROM visits WHERE city = $1 AND country = $2', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '4', 1, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '4', 1, 100, 500000, 900, 9, 1);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '4', 'forced_generic', 'h4', 900, 20, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 900, "Plan Rows": 20, "Plan Width": 40, "Relation Name": "visits", "Schema": "public", "Alias": "visits", "Filter": "((city = $1) AND (country = $2))"}}]');
UPDATE pg_table SET statistics = '[["city", "country"]]';
