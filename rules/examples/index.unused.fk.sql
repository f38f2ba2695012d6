-- no scan of either, and one supports a foreign key
UPDATE pg_server SET stats_reset_us = 1786544600000000, started_us = 1786544600000000;
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'likes', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0);
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, definition, key_columns, method, opclasses, collations, options, is_unique, is_primary, is_exclusion, is_constraint, is_replica_identity, is_valid, is_ready, building, bytes, idx_scan, idx_tup_read, idx_tup_fetch, blks_hit, blks_read, is_partition, is_partitioned) VALUES
  (1, 1, 1790000600000000, 31001, 21001, 'public', 'likes', 'likes_profile_idx', 'CREATE INDEX likes_profile_idx ON public.likes USING btree (a)', '["profile_id", "at"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0),
  (1, 1, 1790000600000000, 31002, 21001, 'public', 'likes', 'seldom_idx', 'CREATE INDEX seldom_idx ON public.likes USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0);
INSERT INTO pg_foreign_key (run_id, target_id, at_us, name, table_oid, schema, "table", columns, ref_table, ref_columns, validated, supported) VALUES
  (1, 1, 1790000600000000, 'likes_profile_fkey', 21001, 'public', 'likes', '["profile_id"]', 'public.profiles', '["id"]', 1, 1);
