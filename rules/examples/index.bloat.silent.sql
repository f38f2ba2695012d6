-- equal keys in few pages, an expression, a low fill factor, a table without statistics
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'a', 'r', 'p', 10000000, 100, 819200, 900000, 10000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'b', 'r', 'p', 10000000, 100, 819200, 900000, 10000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, avg_width, null_frac, n_distinct) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'a', 'bigint', 8, 0, 50);
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, definition, key_columns, method, opclasses, collations, options, is_unique, is_primary, is_exclusion, is_constraint, is_replica_identity, is_valid, is_ready, building, bytes, idx_scan, idx_tup_read, idx_tup_fetch, blks_hit, blks_read, is_partition, is_partitioned, rows, expressions, reloptions) VALUES
  (1, 1, 1790000600000000, 31001, 21001, 'public', 'a', 'dedup_idx', 'CREATE INDEX dedup_idx ON public.a USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 78643200, 0, 0, 0, 1000, 1, 0, 0, 10000000, NULL, NULL),
  (1, 1, 1790000600000000, 31002, 21001, 'public', 'a', 'expr_idx', 'CREATE INDEX expr_idx ON public.a USING btree (a)', '[null]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 1073741824, 0, 0, 0, 1000, 1, 0, 0, 10000000, 'lower(a)', NULL),
  (1, 1, 1790000600000000, 31003, 21001, 'public', 'a', 'loose_idx', 'CREATE INDEX loose_idx ON public.a USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 1, 0, 0, 0, 0, 1, 1, 0, 445644800, 0, 0, 0, 1000, 1, 0, 0, 10000000, NULL, '["fillfactor=50"]'),
  (1, 1, 1790000600000000, 31004, 21002, 'public', 'b', 'blind_idx', 'CREATE INDEX blind_idx ON public.b USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 1073741824, 0, 0, 0, 1000, 1, 0, 0, 10000000, NULL, NULL);
