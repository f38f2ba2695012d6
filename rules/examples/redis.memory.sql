-- small_host has no limit and 10 % of the host; nearly is at 93 % of its limit; full at 99 %; tiny is below the floor.
INSERT INTO target (target_id, name, kind) VALUES (11, 'small_host', 'redis'), (12, 'nearly', 'redis'), (13, 'full', 'redis'), (14, 'tiny', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, maxmemory_policy, total_system_memory) VALUES
  (1, 11, 1790000600000000, 858993459, 0, 'noeviction', 8589934592),
  (1, 12, 1790000600000000, 500000000, 536870912, 'allkeys-lru', 8589934592),
  (1, 13, 1790000600000000, 532000000, 536870912, 'allkeys-lru', 8589934592),
  (1, 14, 1790000600000000, 1000000, 1000000, 'allkeys-lru', 8589934592);
