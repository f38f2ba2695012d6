INSERT INTO pg_slot (run_id, target_id, at_us, name, kind, active, retained_bytes, wal_status) VALUES
  (1, 1, 1790000600000000, 'fresh', 'physical', 0, 1000, 'reserved'),
  (1, 1, 1790000600000000, 'old', 'physical', 0, 100000000, 'reserved'),
  (1, 1, 1790000600000000, 'forgotten', 'physical', 0, 3000000000, 'reserved'),
  (1, 1, 1790000600000000, 'used', 'physical', 1, 3000000000, 'reserved');
