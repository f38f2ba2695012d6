-- A server that is used well: near the thresholds here and there, never above.
INSERT INTO pg_database_sample (run_id, target_id, at_us, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, temp_files, temp_bytes, deadlocks, conflicts, session_ms, active_ms, idle_in_transaction_ms, sessions, sessions_abandoned, sessions_fatal, sessions_killed, server_connections, own_xacts) VALUES
  (1, 1, 1790000000000000, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0),
  (1, 1, 1790000600000000, 30, 60000, 100, 6000, 5000000, 0, 0, 0, 0, 18000000, 1800000, 300000, 20, 0, 0, 0, 30, 0);
INSERT INTO pg_activity_sample (run_id, target_id, at_us, application, role, connections, active, idle, idle_in_transaction, waiting_lock, blocked, oldest_xact_ms, oldest_idle_in_transaction_ms, oldest_query_ms, oldest_blocked_ms, oldest_backend_s, youngest_backend_s) VALUES
  (1, 1, 1790000000000000, 'bot', 'app', 10, 3, 7, 0, 0, 0, 20, 5, 15, 0, 3600, 600),
  (1, 1, 1790000100000000, 'bot', 'app', 10, 3, 7, 0, 0, 0, 20, 5, 15, 0, 3600, 600),
  (1, 1, 1790000200000000, 'bot', 'app', 10, 3, 7, 0, 0, 0, 20, 5, 15, 0, 3600, 600),
  (1, 1, 1790000300000000, 'bot', 'app', 10, 3, 7, 0, 0, 0, 20, 5, 15, 0, 3600, 600),
  (1, 1, 1790000400000000, 'bot', 'app', 10, 3, 7, 0, 0, 0, 20, 5, 15, 0, 3600, 600),
  (1, 1, 1790000500000000, 'bot', 'app', 10, 3, 7, 0, 0, 0, 20, 5, 15, 0, 3600, 600),
  (1, 1, 1790000000000000, 'worker', 'app', 4, 1, 3, 1, 0, 0, 400, 5, 15, 0, 3600, 600),
  (1, 1, 1790000100000000, 'worker', 'app', 4, 1, 3, 1, 0, 0, 400, 5, 15, 0, 3600, 600),
  (1, 1, 1790000200000000, 'worker', 'app', 4, 1, 3, 1, 0, 0, 400, 5, 15, 0, 3600, 600),
  (1, 1, 1790000300000000, 'worker', 'app', 4, 1, 3, 1, 0, 0, 400, 5, 15, 0, 3600, 600),
  (1, 1, 1790000400000000, 'worker', 'app', 4, 1, 3, 1, 0, 0, 400, 5, 15, 0, 3600, 600),
  (1, 1, 1790000500000000, 'worker', 'app', 4, 1, 3, 1, 0, 0, 400, 5, 15, 0, 3600, 600);
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'UPDATE profiles SET seen = $1 WHERE id = $2', 'update'),
  (1, '1003', 'f1003', '15-4.2.3', 'SELECT count(*) FROM messages', 'select'),
  (1, '1004', 'f1004', '15-4.2.3', 'VACUUM', 'utility'),
  (1, '1005', 'f1005', '15-4.2.3', 'SELECT id, name FROM profiles WHERE city = $1 ORDER BY seen DESC LIMIT $2', 'select'),
  (1, '1006', 'f1006', '15-4.2.3', 'INSERT INTO likes VALUES ($1, $2)', 'insert'),
  (1, '1007', 'f1007', '15-4.2.3', 'SELECT * FROM sessions WHERE token = $1', 'select'),
  (1, '1008', 'f1008', '15-4.2.3', 'SELECT body FROM pages WHERE id = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 30000, 360000, 12000.0, 0.4, 0.2, 1.2000000000000002, 0.1, 0, 600000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 9000, 9000, 8100.0, 0.9, 0.45, 2.7, 0.225, 0, 180000, 0, 0, 0, 3600000, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 3, 3, 2700, 900, 450.0, 2700, 225.0, 0, 24000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 200, 0, 800000, 4000, 2000.0, 12000, 1000.0, 0, 4000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1005', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1005', 5000, 100000, 10000, 2, 1.0, 6, 0.5, 0, 100000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1006', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1006', 9000, 9000, 5400.0, 0.6, 0.3, 1.7999999999999998, 0.15, 0, 180000, 0, 0, 0, 2700000, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1007', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1007', 20000, 20000, 10000.0, 0.5, 0.25, 1.5, 0.125, 0, 400000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1008', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1008', 18000, 18000, 10800.0, 0.6, 0.3, 1.7999999999999998, 0.15, 0, 360000, 0, 0, 0, 0, 0);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '1001', 'forced_generic', 'h1001', 8.4, 12, '[{"Plan": {"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 8.4, "Plan Rows": 12, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Index Name": "messages_conversation_idx", "Index Cond": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1003', 'forced_generic', 'h1003', 9000, 1, '[{"Plan": {"Node Type": "Aggregate", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 1, "Plan Width": 40, "Plans": [{"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 8900, "Plan Rows": 900000, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Parent Relationship": "Outer"}]}}]'),
  (1, 1, 1790000600000000, '1005', 'forced_generic', 'h1005', 90, 20, '[{"Plan": {"Node Type": "Limit", "Startup Cost": 0.0, "Total Cost": 90, "Plan Rows": 20, "Plan Width": 40, "Plans": [{"Node Type": "Sort", "Startup Cost": 0.0, "Total Cost": 88, "Plan Rows": 20, "Plan Width": 40, "Plans": [{"Node Type": "Index Scan", "Startup Cost": 0.0, "Total Cost": 60, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "profiles", "Schema": "public", "Alias": "profiles", "Index Name": "profiles_city_idx", "Index Cond": "(city = $1)"}]}]}}]');
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, indexes_bytes, toast_bytes, live_rows, dead_rows, mods_since_analyze, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read, last_vacuum_us, last_analyze_us, has_pk, reloptions, columns, used_by_view) VALUES
  (1, 1, 1790000600000000, 20000, 'public', 'messages', 'r', 'p', 900000, 18310, 150000000, 25000000, 8000000, 0, 900000, 60000, 500, 3, 2700000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20001, 'public', 'profiles', 'r', 'p', 200000, 2000, 16384000, 25000000, 8000000, 0, 200000, 500, 30000, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20002, 'public', 'tiny', 'r', 'p', 200, 2000, 16384, 25000000, 8000000, 0, 200, 500, 500, 900000, 180000000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 0, NULL, 6, 0);
INSERT INTO pg_table_counter (run_id, target_id, at_us, oid, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read) VALUES
  (1, 1, 1790000000000000, 20000, 3, 2700000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20001, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20002, 840000, 168000000, 100000, 1000, 1000, 10, 900, 1, 0);
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, definition, key_columns, method, include_columns, predicate, expressions, opclasses, collations, options, is_unique, is_primary, is_exclusion, is_constraint, is_replica_identity, is_valid, is_ready, building, bytes, idx_scan, idx_tup_read, idx_tup_fetch, blks_hit, blks_read, is_partition, is_partitioned) VALUES
  (1, 1, 1790000600000000, 30000, 20000, 'public', 'messages', 'messages_pkey', 'CREATE INDEX messages_pkey ON public.messages USING btree (id)', '["id"]', 'btree', NULL, NULL, NULL, '["int8_ops"]', '[null]', '[0]', 1, 1, 0, 1, 0, 1, 1, 0, 2000000, 5000, 9000, 9000, 1000, 1, 0, 0),
  (1, 1, 1790000600000000, 30001, 20000, 'public', 'messages', 'messages_conversation_idx', 'CREATE INDEX messages_conversation_idx ON public.messages USING btree (conversation_id, sent_at)', '["conversation_id", "sent_at"]', 'btree', NULL, NULL, NULL, '["int8_ops", "int8_ops"]', '[null, null]', '[0,0]', 0, 0, 0, 0, 0, 1, 1, 0, 40000000, 5000, 9000, 9000, 1000, 1, 0, 0),
  (1, 1, 1790000600000000, 30002, 20000, 'public', 'messages', 'messages_sender_idx', 'CREATE INDEX messages_sender_idx ON public.messages USING btree (sender_id)', '["sender_id"]', 'btree', NULL, NULL, NULL, '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20000000, 40, 9000, 9000, 1000, 1, 0, 0),
  (1, 1, 1790000600000000, 30003, 20001, 'public', 'profiles', 'profiles_city_idx', 'CREATE INDEX profiles_city_idx ON public.profiles USING btree (city)', '["city"]', 'btree', NULL, NULL, NULL, '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 4000000, 0, 9000, 9000, 1000, 1, 0, 0);
INSERT INTO pg_foreign_key (run_id, target_id, at_us, name, table_oid, schema, "table", columns, ref_table_oid, ref_table, ref_columns, on_delete, validated, supported) VALUES
  (1, 1, 1790000600000000, 'messages_sender_fkey', 20000, 'public', 'messages', '["sender_id"]', 20001, 'profiles', '["id"]', 'a', 1, 1);
INSERT INTO pg_sequence (run_id, target_id, at_us, schema, name, last_value, max_value, owner_table, owner_column, column_type, used_frac) VALUES
  (1, 1, 1790000600000000, 'public', 'messages_id_seq', 1000, 9223372036854775807, 't', 'id', 'bigint', 0.0001),
  (1, 1, 1790000600000000, 'public', 'profiles_id_seq', 1000, 2147483647, 't', 'id', 'integer', 0.3);
INSERT INTO pg_wraparound (run_id, target_id, at_us, database, xid_age, mxid_age, xmin_holder, xmin_age, oldest_holder_s) VALUES
  (1, 1, 1790000600000000, 'hearts', 150000000, 1000, 'session 4711 (bot)', 900, 2.0);
INSERT INTO pg_slot (run_id, target_id, at_us, name, kind, active, retained_bytes, wal_status) VALUES
  (1, 1, 1790000600000000, 'replica', 'physical', 1, 20000000, 'reserved');
INSERT INTO pg_statements_info (run_id, target_id, at_us, edge, dealloc, entries, max_entries, stats_reset_us) VALUES
  (1, 1, 1790000000000000, 'begin', 0, 1500, 5000, 1789136000000000),
  (1, 1, 1790000600000000, 'end', 0, 1500, 5000, 1789136000000000);
INSERT INTO pg_checkpoint (run_id, target_id, at_us, edge, timed, requested, write_ms, sync_ms, stats_reset_us) VALUES
  (1, 1, 1790000000000000, 'begin', 1000, 100, 0, 0, 1787408600000000),
  (1, 1, 1790000600000000, 'end', 1002, 100, 0, 0, 1787408600000000);
