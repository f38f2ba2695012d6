-- off for one; the other goes to the server itself
INSERT INTO pgb_pool_sample (run_id, target_id, at_us, database, role, cl_active, cl_waiting, sv_active, sv_idle, sv_used, sv_login, maxwait_us, pool_mode) VALUES
  (1, 2, 1790000000000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000100000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000200000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000300000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000400000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000500000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction');
INSERT INTO pgb_stat_sample (run_id, target_id, at_us, database, xact_count, query_count, xact_time_us, query_time_us, wait_time_us) VALUES
  (1, 2, 1790000000000000, 'hearts', 0, 0, 0, 0, 0),
  (1, 2, 1790000600000000, 'hearts', 9000, 18000, 81900000, 63000000, 900000);
INSERT INTO pgb_database (run_id, target_id, at_us, name, host, port, database, pool_size, min_pool_size, reserve_pool, pool_mode, max_connections, current_connections) VALUES
  (1, 2, 1790000600000000, 'hearts', '/run', 5432, 'hearts', 20, 0, 0, NULL, 0, 8);
INSERT INTO pgb_config (run_id, target_id, at_us, key, value, default_value, changeable) VALUES
  (1, 2, 1790000600000000, 'max_client_conn', '1000', '1000', 1),
  (1, 2, 1790000600000000, 'max_prepared_statements', '0', '0', 1);
INSERT INTO pgb_list (run_id, target_id, at_us, item, count) VALUES
  (1, 2, 1790000600000000, 'used_clients', 60);
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, qualname, line, col, scope, application_name, behind_pooler, size, overflow, min_size, statement_cache_size, programs) VALUES
  (1, 7, 1790000600000000, 'bots.db:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 1, 10, NULL, 2, 0, '["bot"]'),
  (1, 7, 1790000600000000, 'direct:pool', 'asyncpg', 'postgres', 1, 'bots/db.py', 'bots.db', '', 12, 10, 'module', NULL, 0, 10, NULL, 2, NULL, '["bot"]');
