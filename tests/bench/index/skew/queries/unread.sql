-- calls 8000 mean_ms 30
SELECT count(*) FROM message m JOIN sale s ON s.id = m.sale_id WHERE s.buyer_id = 77 AND m.read_at IS NULL AND m.sender_id <> 77
