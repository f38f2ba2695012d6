INSERT INTO target (target_id, name, kind) VALUES (11, 'poor', 'redis'), (12, 'bad', 'redis'), (13, 'idle', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, keyspace_hits, keyspace_misses) VALUES
  (1, 11, 1790000000000000, 1, 1, 100000, 0), (1, 11, 1790000600000000, 1, 1, 108500, 1500),
  (1, 12, 1790000000000000, 1, 1, 100000, 0), (1, 12, 1790000600000000, 1, 1, 105000, 5000),
  (1, 13, 1790000000000000, 1, 1, 100000, 0), (1, 13, 1790000600000000, 1, 1, 100010, 90);
