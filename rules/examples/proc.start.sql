INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000010000000, 10000000, 'process.ready', 'quick', 9, NULL, '320:1', 1, 900, 900),
  (1, 6, 1790000010000000, 10000000, 'process.ready', 'slow', 10, NULL, '340:1', 1, 3500, 3500),
  (1, 6, 1790000010000000, 10000000, 'process.ready', 'glacial', 11, NULL, '380:1', 1, 14000, 14000);
