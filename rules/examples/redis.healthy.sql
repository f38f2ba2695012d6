-- A cache that is used well: a limit, an LFU policy, 96 % hits, keys that expire.
INSERT INTO redis_sample (run_id, target_id, at_us, version, server_run_id, uptime_s, used_memory, used_memory_peak, maxmemory, maxmemory_policy,
    total_system_memory, keyspace_hits, keyspace_misses, evicted_keys, expired_keys, connected_clients, maxclients, rejected_connections, commands,
    rdb_last_bgsave_status, aof_last_write_status, role) VALUES
  (1, 3, 1790000000000000, '7.0.15', 'a', 90000, 300000000, 310000000, 536870912, 'allkeys-lfu', 8589934592, 1000000, 40000, 10, 900, 30, 10000, 0, 1100000, 'ok', 'ok', 'master'),
  (1, 3, 1790000600000000, '7.0.15', 'a', 90600, 301000000, 310000000, 536870912, 'allkeys-lfu', 8589934592, 1096000, 44000, 12, 990, 32, 10000, 0, 1205000, 'ok', 'ok', 'master');
INSERT INTO redis_keyspace (run_id, target_id, at_us, db, keys, expires, avg_ttl_ms) VALUES (1, 3, 1790000600000000, 0, 50000, 49000, 300000);
INSERT INTO redis_pattern (run_id, target_id, at_us, pattern, type, sampled, keys_estimated, mean_bytes, no_ttl, mean_ttl_s, largest_bytes, largest_elements, scanned_frac) VALUES
  (1, 3, 1790000600000000, 'user:{n}', 'string', 500, 48000, 900, 4, 280, 4000, 1, 0.2),
  (1, 3, 1790000600000000, 'session:{n}', 'string', 100, 800, 200, 100, NULL, 300, 1, 0.2);
INSERT INTO redis_slow (run_id, target_id, at_us, command, pattern, duration_us, client_name) VALUES
  (1, 3, 1789990000000000, 'KEYS', NULL, 900000, 'old'),
  (1, 3, 1790000300000000, 'BGSAVE', NULL, 800000, 'cron');
