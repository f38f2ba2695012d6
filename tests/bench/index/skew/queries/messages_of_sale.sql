-- calls 20000 mean_ms 30
SELECT sender_id, sent, body FROM message WHERE sale_id = 240000 ORDER BY sent
