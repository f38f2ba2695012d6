INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition, toast_bytes) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'docs', 'r', 'p', 1000000, 100, 819200, 5368709120, 1000000, 0, 0, 4, 1, 0, 3221225472),
  (1, 1, 1790000600000000, 21002, 'public', 'files', 'r', 'p', 1000000, 100, 819200, 10737418240, 1000000, 0, 0, 4, 1, 0, 9663676416);
