-- three programs that take more since a deploy
INSERT INTO fact_state (run_id, fact, status) VALUES (1, 'fact_shift', 'ok');
INSERT INTO series (series_id, target_id, metric, object) VALUES (1, 4, 'program.memory', 'web'), (2, 4, 'program.memory', 'worker'), (3, 4, 'program.memory', 'bot');
INSERT INTO series_shift (run_id, series_id, direction, since_us, nights, step, step_lo, step_hi, usual, now, n, score, plan_changed) VALUES
  (1, 1, 'up', 1789000000000000, 9, 1.1, 1.08, 1.12, 100e6, 110e6, 20, 7, 0), (1, 2, 'up', 1789000000000000, 9, 1.5, 1.4, 1.6, 400e6, 600e6, 20, 8, 0),
  (1, 3, 'up', 1789000000000000, 9, 3, 2.8, 3.2, 1000e6, 3000e6, 20, 9, 0);
