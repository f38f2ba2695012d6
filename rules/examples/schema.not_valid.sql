INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'messages', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'fresh', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 4, 1, 0);
INSERT INTO pg_not_valid (run_id, target_id, at_us, schema, "table", name, kind) VALUES
  (1, 1, 1790000600000000, 'public', 'messages', 'body_len', 'check'),
  (1, 1, 1790000600000000, 'public', 'fresh', 'user_fkey', 'foreign key');
