-- Orders that nobody touched.
SELECT id, user_id
FROM orders
WHERE made_at < now() - interval '1 day'
  AND state = %s;
