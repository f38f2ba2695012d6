-- calls 9000 mean_ms 40
SELECT s.id, s.placed, s.total, h.name FROM sale s JOIN shop h ON h.id = s.shop_id WHERE s.buyer_id = 9000 ORDER BY s.placed DESC LIMIT 20
