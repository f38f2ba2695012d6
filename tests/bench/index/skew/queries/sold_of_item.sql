-- calls 900 mean_ms 35
SELECT sum(pieces), sum(amount) FROM sale_line WHERE item_id = 20000
