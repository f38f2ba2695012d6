INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, maxmemory_policy) VALUES (1, 3, 1790000600000000, 1, 0, 'noeviction');
INSERT INTO redis_pattern (run_id, target_id, at_us, pattern, type, sampled, keys_estimated, mean_bytes, no_ttl) VALUES
  (1, 3, 1790000600000000, 'user:{n}', 'string', 400, 40000, 800, 396),
  (1, 3, 1790000600000000, 'feed:{n}', 'hash', 100, 5000, 2000, 60),
  (1, 3, 1790000600000000, 'queue', 'list', 100, 50000, 10, 100),
  (1, 3, 1790000600000000, 'flag:{n}', 'string', 100, 200, 10, 100);
