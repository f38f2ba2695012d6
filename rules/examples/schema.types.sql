INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'small', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'events', 'r', 'p', 10000000, 100, 819200, 900000, 10000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21003, 'public', 'big', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, avg_width, n_distinct) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'price', 'double precision', 8, NULL),
  (1, 1, 1790000600000000, 21002, 1, 'at', 'timestamp without time zone', 8, NULL),
  (1, 1, 1790000600000000, 21002, 2, 'made', 'timestamp without time zone', 8, NULL),
  (1, 1, 1790000600000000, 21003, 1, 'external_id', 'text', 37, -1.0),
  (1, 1, 1790000600000000, 21003, 2, 'body', 'text', 37, -1.0);
