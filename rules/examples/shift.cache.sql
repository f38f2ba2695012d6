-- Redis misses three times as much; the memory tier by a half more; the Redis tier a little
INSERT INTO fact_state (run_id, fact, status) VALUES (1, 'fact_shift', 'ok');
INSERT INTO series (series_id, target_id, metric, object) VALUES (1, 3, 'redis.miss', ''), (2, 6, 'cache.miss', 'memory|user'), (3, 6, 'cache.miss', 'redis|user');
INSERT INTO series_shift (run_id, series_id, direction, since_us, nights, step, step_lo, step_hi, usual, now, n, score, plan_changed) VALUES
  (1, 1, 'up', 1789000000000000, 9, 3, 2.5, 3.5, 100000, 300000, 20000, 7, 0), (1, 2, 'up', 1789000000000000, 9, 1.5, 1.3, 1.7, 100000, 150000, 20000, 6, 0),
  (1, 3, 'up', 1789000000000000, 9, 1.2, 1.1, 1.3, 50000, 60000, 20000, 5, 0);
