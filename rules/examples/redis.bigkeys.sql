INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory) VALUES (1, 3, 1790000600000000, 1, 1);
INSERT INTO redis_pattern (run_id, target_id, at_us, pattern, type, sampled, keys_estimated, mean_bytes, no_ttl, largest_bytes, largest_elements) VALUES
  (1, 3, 1790000600000000, 'page:{n}', 'string', 50, 500, 90000, 0, 200000, 1),
  (1, 3, 1790000600000000, 'blob:{n}', 'string', 50, 500, 90000, 0, 4000000, 1),
  (1, 3, 1790000600000000, 'members', 'set', 1, 1, 90000000, 1, 90000000, 2000000),
  (1, 3, 1790000600000000, 'list', 'list', 1, 1, 200000, 1, 200000, 900);
