-- The table has five thousand rows.
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes) VALUES
  (1, 1, 1790000600000000, 20000, 'public', 'people', 'r', 'p', 5000, 200, 163840000, 250000000);
