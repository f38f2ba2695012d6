-- The table has three million rows.
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes) VALUES
  (1, 1, 1790000600000000, 20000, 'public', 'orders', 'r', 'p', 3000000, 20000, 163840000, 250000000);
