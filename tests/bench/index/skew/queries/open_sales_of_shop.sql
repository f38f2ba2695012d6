-- calls 4000 mean_ms 40
SELECT id, buyer_id, total FROM sale WHERE shop_id = 7 AND status = 'open' ORDER BY placed DESC LIMIT 50
