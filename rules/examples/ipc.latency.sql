INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000600000000, 600000000, 'ipc.rtt', 'bot', 10, 'coordinator', '160:80 240:20', 100, 3400, 40),
  (1, 6, 1790000600000000, 600000000, 'ipc.rtt', 'worker', 11, 'coordinator', '160:80 290:20', 100, 60000, 400),
  (1, 6, 1790000600000000, 600000000, 'ipc.rtt', 'rare', 12, 'coordinator', '290:20', 20, 60000, 400);
