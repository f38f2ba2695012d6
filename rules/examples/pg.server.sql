-- PostgreSQL 15 on this host (4 CPUs, 8 GB): 97 usable connections, 2 GB of shared buffers, counters of 30 days.
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, role, is_superuser, in_recovery, started_us, stats_reset_us, database_bytes, extensions, is_local) VALUES
  (1, 1, 1790000600000000, 150020, '7000000000000000001', 'hearts', 16384, 'perfadvise', 0, 0, 1787000600000000, 1787408600000000, 3000000000, '{"pg_stat_statements": "1.10", "hypopg": "1.4.0"}', 1);
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source, boot_value, pending_restart) VALUES
  (1, 1, 1790000600000000, 'max_connections', '100', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'superuser_reserved_connections', '3', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'shared_buffers', '262144', '8kB', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'work_mem', '4096', 'kB', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'hash_mem_multiplier', '2', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'maintenance_work_mem', '65536', 'kB', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'autovacuum_max_workers', '3', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'autovacuum_work_mem', '-1', 'kB', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'autovacuum_vacuum_scale_factor', '0.2', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'effective_cache_size', '786432', '8kB', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'random_page_cost', '1.1', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'fsync', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'full_page_writes', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'synchronous_commit', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'autovacuum', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'track_counts', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'enable_seqscan', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'track_io_timing', 'on', NULL, 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'track_activity_query_size', '4096', 'B', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'statement_timeout', '30000', 'ms', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'lock_timeout', '5000', 'ms', 'user', 'default', NULL, 0),
  (1, 1, 1790000600000000, 'idle_in_transaction_session_timeout', '60000', 'ms', 'user', 'default', NULL, 0);
INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, mem_available, oom_kills) VALUES
  (1, 5, 1790000600000000, 4, 8589934592, 4000000000, 0);
