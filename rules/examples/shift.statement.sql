-- 1: a little slower; 2: half as slow again for many calls; 3: four times by another plan; 4: faster; 5: slower, and next to never called
INSERT INTO fact_state (run_id, fact, status) VALUES (1, 'fact_shift', 'ok');
INSERT INTO series (series_id, target_id, metric, object) VALUES (1, 1, 'statement.mean', '1'), (2, 1, 'statement.mean', '2'), (3, 1, 'statement.mean', '3'), (4, 1, 'statement.mean', '4'),
  (5, 1, 'statement.mean', '5');
INSERT INTO series_shift (run_id, series_id, direction, since_us, nights, step, step_lo, step_hi, usual, now, n, score, plan_changed) VALUES
  (1, 1, 'up', 1789000000000000, 9, 1.15, 1.10, 1.20, 2e6, 2.3e6, 20000, 5.1, 0),
  (1, 2, 'up', 1789000000000000, 9, 1.5, 1.3, 1.7, 10e6, 15e6, 100000, 5.5, 0),
  (1, 3, 'up', 1789500000000000, 4, 4, 3.5, 4.6, 20e6, 80e6, 200000, 9.1, 1),
  (1, 4, 'down', 1789000000000000, 9, 0.5, 0.4, 0.6, 10e6, 5e6, 100000, -6, 0),
  (1, 5, 'up', 1789000000000000, 9, 4, 3.5, 4.6, 20e6, 80e6, 5, 9.1, 0);
