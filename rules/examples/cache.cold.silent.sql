-- 95 % of requests are answered by one of the tiers, though Redis alone answers only half.
INSERT INTO event_cache (run_id, target_id, at_us, interval_us, program, pid, tier, template, hits, misses, load_ms, bytes) VALUES
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'memory', 'user:{n}', 900, 100, 4000, 100000),
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'redis', 'user:{n}', 50, 50, 3000, 100000);
