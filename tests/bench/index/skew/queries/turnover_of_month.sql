-- calls 24 mean_ms 60
SELECT shop_id, sum(total) FROM sale WHERE placed >= timestamptz '2024-05-01' AND placed < timestamptz '2024-06-01' AND status = 'done' GROUP BY shop_id ORDER BY 2 DESC LIMIT 20
