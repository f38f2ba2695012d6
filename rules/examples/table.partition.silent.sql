-- partitions, and what is not so large
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'p1', 'r', 'p', 90000000, 100, 819200, 900000, 90000000, 0, 0, 4, 1, 1),
  (1, 1, 1790000600000000, 21002, 'public', 'parent', 'p', 'p', 90000000, 100, 819200, 900000, 90000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21003, 'public', 'a', 'r', 'p', 10000000, 100, 819200, 900000, 10000000, 0, 0, 4, 1, 0);
