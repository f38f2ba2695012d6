-- calls 500 mean_ms 45
SELECT s.id, s.placed, s.total, h.name FROM sale s JOIN shop h ON h.id = s.shop_id WHERE s.buyer_id = 1 ORDER BY s.placed DESC LIMIT 20
