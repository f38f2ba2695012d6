INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition, seq_scan, idx_scan, tup_upd, tup_del) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'a', 'r', 'p', 30000000, 100, 819200, 900000, 30000000, 0, 0, 4, 1, 0, NULL, NULL, NULL, NULL),
  (1, 1, 1790000600000000, 21002, 'public', 'b', 'r', 'p', 90000000, 100, 819200, 900000, 90000000, 0, 0, 4, 1, 0, NULL, NULL, NULL, NULL),
  (1, 1, 1790000600000000, 21003, 'public', 'c', 'r', 'p', 2000000000, 100, 819200, 900000, 2000000000, 0, 0, 4, 1, 0, NULL, NULL, NULL, NULL),
  (1, 1, 1790000600000000, 21004, 'public', 'log', 'r', 'p', 12000000, 100, 819200, 900000, 12000000, 0, 1000000, 4, 1, 0, 0, 10, 0, 0);
INSERT INTO pg_table_counter (run_id, target_id, at_us, oid, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del) VALUES
  (1, 1, 1790000000000000, 21001, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 21002, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 21003, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 21004, 0, 0, 0, 0, 0, 0);
