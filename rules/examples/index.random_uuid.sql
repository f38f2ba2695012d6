INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'a', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 10000000, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'b', 'r', 'p', 20000000, 100, 819200, 900000, 20000000, 0, 10000000, 4, 1, 0),
  (1, 1, 1790000600000000, 21003, 'public', 'c', 'r', 'p', 20000000, 100, 819200, 900000, 20000000, 0, 10000000, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, has_default) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'a', 'uuid', 'gen_random_uuid()'),
  (1, 1, 1790000600000000, 21002, 1, 'a', 'uuid', 'public.uuid_generate_v4()'),
  (1, 1, 1790000600000000, 21003, 1, 'a', 'uuid', 'uuidv7()');
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, definition, key_columns, method, opclasses, collations, options, is_unique, is_primary, is_exclusion, is_constraint, is_replica_identity, is_valid, is_ready, building, bytes, idx_scan, idx_tup_read, idx_tup_fetch, blks_hit, blks_read, is_partition, is_partitioned) VALUES
  (1, 1, 1790000600000000, 31001, 21001, 'public', 'a', 'a_pkey', 'CREATE INDEX a_pkey ON public.a USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0),
  (1, 1, 1790000600000000, 31002, 21002, 'public', 'b', 'b_pkey', 'CREATE INDEX b_pkey ON public.b USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0),
  (1, 1, 1790000600000000, 31003, 21003, 'public', 'c', 'c_pkey', 'CREATE INDEX c_pkey ON public.c USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0);
