-- calls 3000 mean_ms 45
SELECT id, status, total FROM sale WHERE shop_id = 1 ORDER BY placed DESC LIMIT 25
