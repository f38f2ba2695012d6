-- a big table in good health: not due yet for a long time
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition, last_vacuum_us) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'big', 'r', 'p', 1000000000, 100, 819200, 900000, 1000000000, 1000000, 0, 4, 1, 0, 1784816600000000),
  (1, 1, 1790000600000000, 21002, 'public', 'fresh', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 500000, 0, 4, 1, 0, 1789997000000000);
