-- calls 4 mean_ms 120
SELECT country, count(*) FROM buyer b WHERE deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM sale s WHERE s.buyer_id = b.id AND s.placed >= timestamptz '2024-06-01') GROUP BY country
