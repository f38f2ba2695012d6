INSERT INTO target (target_id, name, kind) VALUES (11, 'failed', 'redis'), (12, 'without', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, rdb_last_bgsave_status, aof_last_write_status) VALUES
  (1, 11, 1790000600000000, 1, 1, 'err', 'ok'), (1, 12, 1790000600000000, 1, 1, NULL, NULL);
