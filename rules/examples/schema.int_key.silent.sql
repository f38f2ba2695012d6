-- small, or slow enough for ever
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (0, '00000000-0000-7000-8000-000000000000', 'capture', 1789136000000000, 1789136600000000, 'example', 'ok');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (0, 1, 1789136600000000, 150020, '7000000000000000001', 'hearts', 16384, 0, 1780000000000000);
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'a', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'b', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, range_frac) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'id', 'integer', 0.00046566128730773926),
  (1, 1, 1790000600000000, 21002, 1, 'id', 'integer', 0.00046566128730773926);
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, method, key_columns, is_primary, is_unique, is_valid, is_constraint) VALUES
  (1, 1, 1790000600000000, 31001, 21001, 'public', 'a', 'a_pkey', 'btree', '["id"]', 1, 1, 1, 1),
  (1, 1, 1790000600000000, 31002, 21002, 'public', 'b', 'b_pkey', 'btree', '["id"]', 1, 1, 1, 1);
INSERT INTO pg_sequence (run_id, target_id, at_us, schema, name, last_value, max_value, owner_table, owner_column, column_type, used_frac) VALUES
  (1, 1, 1790000600000000, 'public', 'a_id_seq', 100000000, 2147483647, 'public.a', 'id', 'integer', 0.04656612875245797);
INSERT INTO pg_sequence (run_id, target_id, at_us, schema, name, last_value, max_value, owner_table, owner_column, column_type, used_frac) VALUES
  (0, 1, 1789136600000000, 'public', 'a_id_seq', 99999000, 2147483647, 'public.a', 'id', 'integer', 0.046565663091170446);
