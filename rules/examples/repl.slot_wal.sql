INSERT INTO pg_slot (run_id, target_id, at_us, name, kind, active, retained_bytes, wal_status) VALUES
  (1, 1, 1790000600000000, 'behind', 'physical', 1, 2000000000, 'reserved'),
  (1, 1, 1790000600000000, 'far_behind', 'physical', 1, 9000000000, 'reserved'),
  (1, 1, 1790000600000000, 'lost', 'physical', 0, NULL, 'lost'),
  (1, 1, 1790000600000000, 'fine', 'physical', 1, 1000, 'reserved');
