-- calls 30000 mean_ms 9
SELECT id, kind, payload FROM job WHERE state = 'ready' AND run_at <= timestamptz '2024-08-01' ORDER BY run_at LIMIT 10
