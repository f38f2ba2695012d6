-- calls 6000 mean_ms 40
SELECT id, shop_id, total FROM sale WHERE (placed, id) < (timestamptz '2024-03-01', 100000) ORDER BY placed DESC, id DESC LIMIT 30
