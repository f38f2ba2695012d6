-- calls 60 mean_ms 6
SELECT shop_id, count(*) FROM item WHERE stock < 2 AND NOT hidden GROUP BY shop_id ORDER BY 2 DESC LIMIT 20
