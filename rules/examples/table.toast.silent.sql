INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition, toast_bytes) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'small', 'r', 'p', 1000, 100, 819200, 104857600, 1000, 0, 0, 4, 1, 0, 94371840),
  (1, 1, 1790000600000000, 21002, 'public', 'rows', 'r', 'p', 100000000, 100, 819200, 536870912000, 100000000, 0, 0, 4, 1, 0, 11811160064);
