INSERT INTO pgb_pool_sample (run_id, target_id, at_us, database, role, cl_active, cl_waiting, sv_active, sv_idle, sv_used, sv_login, maxwait_us, pool_mode) VALUES
  (1, 2, 1790000000000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000100000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000200000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000300000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000400000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction'),
  (1, 2, 1790000500000000, 'hearts', 'app', 5, 0, 3, 5, 0, 0, 0, 'transaction');
INSERT INTO pgb_database (run_id, target_id, at_us, name, host, port, database, pool_size, min_pool_size, reserve_pool, pool_mode, max_connections, current_connections) VALUES
  (1, 2, 1790000600000000, 'hearts', '/run', 5432, 'hearts', 80, 0, 0, NULL, 0, 8);
