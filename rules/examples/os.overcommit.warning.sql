INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, overcommit_memory) VALUES (1, 5, 1790000600000000, 2, 8589934592, 0);
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, total_system_memory, rdb_last_bgsave_status) VALUES
  (1, 3, 1790000600000000, 2500000000, 0, 8589934592, 'ok');
