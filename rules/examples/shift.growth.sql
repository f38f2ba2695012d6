-- pace of growth, bytes a day
INSERT INTO fact_state (run_id, fact, status) VALUES (1, 'fact_shift', 'ok');
INSERT INTO series (series_id, target_id, metric, object) VALUES (1, 1, 'table.size', 'public.log'), (2, 1, 'table.size', 'public.messages'), (3, 1, 'index.size', 'public.messages_at_idx');
INSERT INTO series_shift (run_id, series_id, direction, since_us, nights, step, step_lo, step_hi, usual, now, n, score, plan_changed) VALUES
  (1, 1, 'up', 1789000000000000, 9, 20e6, 15e6, 25e6, 5e6, 25e6, 1, 7, 0), (1, 2, 'up', 1789000000000000, 9, 500e6, 400e6, 600e6, 50e6, 550e6, 1, 8, 0),
  (1, 3, 'up', 1789000000000000, 9, 12e9, 10e9, 14e9, 1e9, 13e9, 1, 9, 0);
