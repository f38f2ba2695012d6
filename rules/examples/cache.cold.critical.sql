INSERT INTO event_cache (run_id, target_id, at_us, interval_us, program, pid, tier, template, hits, misses, load_ms, bytes) VALUES
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'memory', 'user:{n}', 300, 700, 4000, 100000),
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'redis', 'user:{n}', 100, 600, 9000, 100000),
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'redis', 'feed:{n}', 90, 10, 100, 100000);
