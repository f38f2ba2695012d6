-- country codes, a measurement, a moment, a hash that is no identifier
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'good', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, avg_width, n_distinct) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'country', 'character(2)', 3, NULL),
  (1, 1, 1790000600000000, 21001, 2, 'temperature', 'double precision', 8, NULL),
  (1, 1, 1790000600000000, 21001, 3, 'at', 'timestamp with time zone', 8, NULL),
  (1, 1, 1790000600000000, 21001, 4, 'note', 'text', 37, -1.0),
  (1, 1, 1790000600000000, 21001, 5, 'id', 'uuid', 16, NULL),
  (1, 1, 1790000600000000, 21001, 6, 'doc', 'jsonb', 100, NULL);
