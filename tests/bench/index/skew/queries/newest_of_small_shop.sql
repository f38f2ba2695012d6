-- calls 6000 mean_ms 40
SELECT id, status, total FROM sale WHERE shop_id = 190 ORDER BY placed DESC LIMIT 25
