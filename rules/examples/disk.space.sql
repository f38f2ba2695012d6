INSERT INTO pg_disk (run_id, target_id, at_us, total_bytes, free_bytes) VALUES
  (1, 1, 1790000600000000, 107374182400, 8589934592);
