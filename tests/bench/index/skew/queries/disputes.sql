-- calls 300 mean_ms 40
SELECT id, shop_id, placed FROM sale WHERE status = 'disputed' ORDER BY id
