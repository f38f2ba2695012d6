-- calls 6 mean_ms 300
SELECT i.category, sum(l.amount) FROM buyer b JOIN sale s ON s.buyer_id = b.id JOIN sale_line l ON l.sale_id = s.id JOIN item i ON i.id = l.item_id WHERE b.country = 'jp' AND s.placed >= timestamptz '2024-09-01' GROUP BY 1
