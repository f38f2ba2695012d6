-- counters of 25 days; one whose threshold is its own
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition, last_vacuum_us, reloptions) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'late', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 400000, 0, 4, 1, 0, 1789655000000000, NULL),
  (1, 1, 1790000600000000, 21002, 'public', 'never', 'r', 'p', 100000, 100, 819200, 900000, 100000, 60000, 0, 4, 1, 0, NULL, NULL),
  (1, 1, 1790000600000000, 21003, 'public', 'tuned', 'r', 'p', 10000000, 100, 819200, 900000, 10000000, 60000, 0, 4, 1, 0, 1789914200000000, '["autovacuum_vacuum_scale_factor=0.001"]');
