-- hearts waits 12 ms on average; stuck waited 8 s; its console database is left out
INSERT INTO pgb_pool_sample (run_id, target_id, at_us, database, role, cl_active, cl_waiting, sv_active, sv_idle, sv_used, sv_login, maxwait_us, pool_mode) VALUES
  (1, 2, 1790000000000000, 'hearts', 'app', 5, 4, 3, 5, 0, 0, 300000, 'transaction'),
  (1, 2, 1790000100000000, 'hearts', 'app', 5, 4, 3, 5, 0, 0, 300000, 'transaction'),
  (1, 2, 1790000200000000, 'hearts', 'app', 5, 4, 3, 5, 0, 0, 300000, 'transaction'),
  (1, 2, 1790000300000000, 'hearts', 'app', 5, 4, 3, 5, 0, 0, 300000, 'transaction'),
  (1, 2, 1790000400000000, 'hearts', 'app', 5, 4, 3, 5, 0, 0, 300000, 'transaction'),
  (1, 2, 1790000500000000, 'hearts', 'app', 5, 4, 3, 5, 0, 0, 300000, 'transaction'),
  (1, 2, 1790000000000000, 'stuck', 'app', 5, 9, 3, 5, 0, 0, 8000000, 'transaction'),
  (1, 2, 1790000100000000, 'stuck', 'app', 5, 9, 3, 5, 0, 0, 8000000, 'transaction'),
  (1, 2, 1790000200000000, 'stuck', 'app', 5, 9, 3, 5, 0, 0, 8000000, 'transaction'),
  (1, 2, 1790000300000000, 'stuck', 'app', 5, 9, 3, 5, 0, 0, 8000000, 'transaction'),
  (1, 2, 1790000400000000, 'stuck', 'app', 5, 9, 3, 5, 0, 0, 8000000, 'transaction'),
  (1, 2, 1790000500000000, 'stuck', 'app', 5, 9, 3, 5, 0, 0, 8000000, 'transaction'),
  (1, 2, 1790000000000000, 'pgbouncer', 'app', 5, 1, 3, 5, 0, 0, 9000000, 'transaction'),
  (1, 2, 1790000100000000, 'pgbouncer', 'app', 5, 1, 3, 5, 0, 0, 9000000, 'transaction'),
  (1, 2, 1790000200000000, 'pgbouncer', 'app', 5, 1, 3, 5, 0, 0, 9000000, 'transaction'),
  (1, 2, 1790000300000000, 'pgbouncer', 'app', 5, 1, 3, 5, 0, 0, 9000000, 'transaction'),
  (1, 2, 1790000400000000, 'pgbouncer', 'app', 5, 1, 3, 5, 0, 0, 9000000, 'transaction'),
  (1, 2, 1790000500000000, 'pgbouncer', 'app', 5, 1, 3, 5, 0, 0, 9000000, 'transaction');
INSERT INTO pgb_stat_sample (run_id, target_id, at_us, database, xact_count, query_count, xact_time_us, query_time_us, wait_time_us) VALUES
  (1, 2, 1790000000000000, 'hearts', 0, 0, 0, 0, 0),
  (1, 2, 1790000600000000, 'hearts', 9000, 18000, 189000000, 63000000, 108000000),
  (1, 2, 1790000000000000, 'stuck', 0, 0, 0, 0, 0),
  (1, 2, 1790000600000000, 'stuck', 50, 100, 451000, 350000, 1000);
INSERT INTO pgb_database (run_id, target_id, at_us, name, host, port, database, pool_size, min_pool_size, reserve_pool, pool_mode, max_connections, current_connections) VALUES
  (1, 2, 1790000600000000, 'hearts', '/run', 5432, 'hearts', 20, 0, 0, NULL, 0, 8),
  (1, 2, 1790000600000000, 'stuck', '/run', 5432, 'stuck', 20, 0, 0, NULL, 0, 8);
