INSERT INTO target (target_id, name, kind) VALUES (11, 'roomy', 'redis'), (12, 'crowded', 'redis'), (13, 'queue', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, maxmemory_policy, total_system_memory, keyspace_hits, keyspace_misses) VALUES
  (1, 11, 1790000000000000, 200000000, 1000000000, 'noeviction', 8589934592, 0, 0),
  (1, 11, 1790000600000000, 200000000, 1000000000, 'noeviction', 8589934592, 5000, 100),
  (1, 12, 1790000000000000, 950000000, 1000000000, 'noeviction', 8589934592, 0, 0),
  (1, 12, 1790000600000000, 950000000, 1000000000, 'noeviction', 8589934592, 5000, 100),
  (1, 13, 1790000000000000, 950000000, 1000000000, 'noeviction', 8589934592, 0, 0),
  (1, 13, 1790000600000000, 950000000, 1000000000, 'noeviction', 8589934592, 0, 0);
INSERT INTO redis_keyspace (run_id, target_id, at_us, db, keys, expires) VALUES
  (1, 11, 1790000600000000, 0, 20000, 15000), (1, 12, 1790000600000000, 0, 20000, 15000), (1, 13, 1790000600000000, 0, 20000, 0);
