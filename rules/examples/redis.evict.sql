INSERT INTO target (target_id, name, kind) VALUES (11, 'some', 'redis'), (12, 'many', 'redis'), (13, 'busy', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, keyspace_hits, keyspace_misses, evicted_keys) VALUES
  (1, 11, 1790000000000000, 1, 1, 0, 0, 0), (1, 11, 1790000600000000, 1, 1, 9000, 1000, 200),
  (1, 12, 1790000000000000, 1, 1, 0, 0, 0), (1, 12, 1790000600000000, 1, 1, 9000, 1000, 4000),
  (1, 13, 1790000000000000, 1, 1, 0, 0, 0), (1, 13, 1790000600000000, 1, 1, 900000, 100000, 300);
