-- calls 40 mean_ms 150
SELECT l.item_id, sum(l.amount) FROM sale s JOIN sale_line l ON l.sale_id = s.id WHERE s.shop_id = 20 AND s.placed >= timestamptz '2024-01-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 10
