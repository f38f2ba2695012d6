INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'queue', 'r', 'p', 1000000, 100, 629145600, 629145600, 1000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, avg_width, null_frac) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'id', 'bigint', 8, 0),
  (1, 1, 1790000600000000, 21001, 2, 'body', 'text', 100, 0);
