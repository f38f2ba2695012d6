-- 1000 requests: memory answers 500, Redis 350 of the rest; 150 reach the database.
INSERT INTO event_cache (run_id, target_id, at_us, interval_us, program, pid, tier, template, hits, misses, load_ms, bytes) VALUES
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'memory', 'user:{n}', 500, 500, 4000, 100000),
  (1, 6, 1790000300000000, 300000000, 'bot', 10, 'redis', 'user:{n}', 350, 150, 3000, 100000);
