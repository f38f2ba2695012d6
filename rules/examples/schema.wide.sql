INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'a', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 60, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'b', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 250, 1, 0),
  (1, 1, 1790000600000000, 21003, 'public', 'c', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 1100, 1, 0),
  (1, 1, 1790000600000000, 21004, 'public', 'd', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 49, 1, 0);
