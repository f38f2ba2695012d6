-- calls 2500 mean_ms 6
SELECT id, sku, price FROM item WHERE category = 120 AND NOT hidden ORDER BY price LIMIT 30
