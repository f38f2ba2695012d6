-- faster, and slower by less than a tenth
INSERT INTO fact_state (run_id, fact, status) VALUES (1, 'fact_shift', 'ok');
INSERT INTO series (series_id, target_id, metric, object) VALUES (1, 1, 'statement.mean', '1'), (2, 1, 'statement.mean', '2');
INSERT INTO series_shift (run_id, series_id, direction, since_us, nights, step, step_lo, step_hi, usual, now, n, score, plan_changed) VALUES
  (1, 1, 'down', 1789000000000000, 9, 0.5, 0.4, 0.6, 10e6, 5e6, 100000, -6, 0),
  (1, 2, 'up', 1789000000000000, 9, 1.05, 1.02, 1.08, 10e6, 10.5e6, 100000, 4.5, 0);
