-- calls 10 mean_ms 120
SELECT h.country, date_trunc('month', s.placed), sum(s.total) FROM sale s JOIN shop h ON h.id = s.shop_id WHERE h.plan = 'pro' GROUP BY 1, 2
