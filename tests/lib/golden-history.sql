-- One capture of ten minutes: a pool that is too large, a queue for connections, a missing index, a slow query, a cold cache.
INSERT INTO run (run_id, uuid, kind, label, started_us, ended_us, tool, outcome) VALUES
  (1, '00000000-0000-7000-8000-000000000001', 'capture', 'before', 1790000000000000, 1790000600000000, 'perfadvise dev', 'ok');
INSERT INTO target (target_id, name, kind, identity) VALUES (1, 'main', 'postgres', '7000000000000000001/16384'), (2, 'pooler', 'pgbouncer', NULL),
  (3, 'cache', 'redis', NULL), (4, 'fleet', 'supervisor', NULL), (5, 'host', 'host', NULL), (6, 'events', 'events', NULL), (7, 'source', 'source', NULL);
INSERT INTO fact_state (run_id, target_id, fact, status, reason, remedy) VALUES
  (1, 1, 'fact_statement', 'ok', NULL, NULL), (1, 1, 'fact_plan', 'ok', NULL, NULL), (1, 1, 'fact_table', 'ok', NULL, NULL), (1, 1, 'fact_server', 'ok', NULL, NULL),
  (1, 1, 'fact_setting', 'ok', NULL, NULL), (1, 1, 'fact_database', 'ok', NULL, NULL), (1, 1, 'fact_slot', 'empty', 'no replication slot', NULL),
  (1, 1, 'fact_column', 'denied', 'pg_stats of 2 tables cannot be read', 'GRANT SELECT ON public.messages TO perfadvise'),
  (1, 1, 'fact_wraparound', 'denied', 'permission denied for view pg_prepared_xacts', 'GRANT pg_monitor TO perfadvise'),
  (1, 3, 'fact_redis', 'ok', NULL, NULL), (1, 6, 'fact_events', 'ok', NULL, NULL), (1, 6, 'fact_event_wait', 'ok', NULL, NULL);
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
-- 80 of 97 usable connections.
INSERT INTO pg_database_sample (run_id, target_id, at_us, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, temp_files, temp_bytes, deadlocks, conflicts, session_ms, active_ms, idle_in_transaction_ms, sessions, sessions_abandoned, sessions_fatal, sessions_killed, server_connections, own_xacts) VALUES
  (1, 1, 1790000000000000, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80, 0),
  (1, 1, 1790000600000000, 30, 60000, 100, 6000, 5000000, 0, 0, 0, 0, 18000000, 1800000, 300000, 20, 0, 0, 0, 80, 0);
-- 1004 filters little, 1005 is cheap.
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, indexes_bytes, toast_bytes, live_rows, dead_rows, mods_since_analyze, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read, last_vacuum_us, last_analyze_us, has_pk, reloptions, columns, used_by_view) VALUES
  (1, 1, 1790000600000000, 20000, 'public', 'messages', 'r', 'p', 400000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20001, 'public', 'events', 'r', 'p', 3000000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20002, 'public', 'users', 'r', 'p', 50000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0),
  (1, 1, 1790000600000000, 20003, 'public', 'small', 'r', 'p', 3000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, NULL, 6, 0);
INSERT INTO pg_table_counter (run_id, target_id, at_us, oid, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read) VALUES
  (1, 1, 1790000000000000, 20000, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20001, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20002, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20003, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0);
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1001', 'f1001', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1002', 'f1002', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1003', 'f1003', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'update'),
  (1, '1004', 'f1004', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select'),
  (1, '1005', 'f1005', '15-4.2.3', 'SELECT * FROM messages WHERE conversation_id = $1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms, plan_total_ms, shared_hit, shared_read, shared_dirtied, temp_written, wal_bytes, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1001', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1001', 1000, 1000, 40000, 40, 20.0, 120, 10.0, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1002', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1002', 1000, 1000, 8000, 8, 4.0, 24, 2.0, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1003', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1003', 1000, 1000, 2000, 2, 1.0, 6, 0.5, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1004', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1004', 1000, 1000, 50000, 50, 25.0, 150, 12.5, 0, 20000, 0, 0, 0, 0, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', 1, '1005', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', 1, '1005', 1000, 1000, 200.0, 0.2, 0.1, 0.6000000000000001, 0.05, 0, 20000, 0, 0, 0, 0, 0);
INSERT INTO pg_plan (run_id, target_id, at_us, queryid, method, plan_hash, total_cost, plan_rows, plan) VALUES
  (1, 1, 1790000600000000, '1001', 'forced_generic', 'h1001', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1002', 'forced_generic', 'h1002', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1003', 'forced_generic', 'h1003', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1004', 'forced_generic', 'h1004', 9000, 390000, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 390000, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]'),
  (1, 1, 1790000600000000, '1005', 'forced_generic', 'h1005', 9000, 40, '[{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.0, "Total Cost": 9000, "Plan Rows": 40, "Plan Width": 40, "Relation Name": "messages", "Schema": "public", "Alias": "messages", "Filter": "(conversation_id = $1)"}}]');
-- 5 bots of 20 + 30
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'bots.db:engine', 'sqlalchemy', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 20, 30, NULL, NULL, '["bot"]');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'bot', 5, 5);
INSERT INTO target (target_id, name, kind) VALUES (11, 'poor', 'redis'), (12, 'bad', 'redis'), (13, 'idle', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, keyspace_hits, keyspace_misses) VALUES
  (1, 11, 1790000000000000, 1, 1, 100000, 0), (1, 11, 1790000600000000, 1, 1, 108500, 1500),
  (1, 12, 1790000000000000, 1, 1, 100000, 0), (1, 12, 1790000600000000, 1, 1, 105000, 5000),
  (1, 13, 1790000000000000, 1, 1, 100000, 0), (1, 13, 1790000600000000, 1, 1, 100010, 90);
INSERT INTO event_cache (run_id, target_id, at_us, interval_us, program, pid, tier, template, hits, misses, load_ms, bytes) VALUES
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'memory', 'user:{n}', 500, 500, 4000, 100000),
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'redis', 'user:{n}', 350, 150, 3000, 100000);
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.wait_time', 'bot', 10, 'main', '106:900 229:100', 1000, 2000, 6),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.use_time', 'bot', 10, 'main', '191:900 210:100', 1000, 4000, 12),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.wait_time', 'worker', 10, NULL, '106:90', 90, 180, 6),
  (1, 6, 1790000600000000, 600000000, 'db.client.connection.wait_time', 'fine', 10, NULL, '175:900', 900, 1800, 6);
