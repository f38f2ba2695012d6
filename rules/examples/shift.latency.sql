-- answers a little later, connections a millisecond later, the pooler by 40 ms
INSERT INTO fact_state (run_id, fact, status) VALUES (1, 'fact_shift', 'ok');
INSERT INTO series (series_id, target_id, metric, object) VALUES (1, 6, 'event.p95', 'db.client.operation.duration|bot|select'),
  (2, 6, 'event.p95', 'db.client.connection.wait_time|bot|main'), (3, 2, 'pooler.wait', 'hearts');
INSERT INTO series_shift (run_id, series_id, direction, since_us, nights, step, step_lo, step_hi, usual, now, n, score, plan_changed) VALUES
  (1, 1, 'up', 1789000000000000, 9, 1.2, 1.1, 1.3, 2e6, 2.4e6, 20000, 5.1, 0), (1, 2, 'up', 1789000000000000, 9, 2, 1.8, 2.2, 2e6, 4e6, 20000, 6, 0),
  (1, 3, 'up', 1789000000000000, 9, 5, 4, 6, 10e6, 50e6, 20000, 8, 0);
