-- Powers of a uniform number: a few shops and buyers have most rows. setseed makes each load the same.
SELECT setseed(0.42);
INSERT INTO shop SELECT i, (ARRAY['free','free','free','free','basic','basic','pro'])[1 + i % 7], (ARRAY['de','fr','us','us','us','jp'])[1 + i % 6], 'shop ' || i,
       CASE WHEN i % 50 = 0 THEN timestamptz '2025-01-01' END FROM generate_series(1, greatest(200, (20000 * :scale)::int)) i;
INSERT INTO buyer SELECT i, 'u' || md5(i::text) || '@x.org', (ARRAY['de','fr','us','us','us','jp'])[1 + i % 6], timestamptz '2022-01-01' + i * interval '1 minute',
       CASE WHEN i % 400 = 0 THEN timestamptz '2025-02-01' END FROM generate_series(1, (400000 * :scale)::int) i;
INSERT INTO item SELECT i, 1 + ((SELECT max(id) FROM shop) * power(random(), 4))::int % (SELECT max(id) FROM shop)::int, 'sku-' || md5(i::text || 'x')::varchar(18), (power(random(), 3) * 300)::int,
       (random() * 300)::numeric(10,2), (random() * 200)::int, random() < 0.03 FROM generate_series(1, (600000 * :scale)::int) i;
INSERT INTO sale SELECT i, 1 + ((SELECT max(id) - 1 FROM shop) * power(random(), 5))::int, 1 + ((SELECT max(id) - 1 FROM buyer) * power(random(), 3))::int,
       CASE WHEN random() < 0.0008 THEN 'disputed' WHEN random() < 0.01 THEN 'open' WHEN random() < 0.05 THEN 'cancelled' ELSE 'done' END,
       timestamptz '2023-01-01' + i * (interval '700 days' / (2500000 * :scale)), (random() * 900)::numeric(12,2), CASE WHEN random() < 0.1 THEN 'please ring' END
       FROM generate_series(1, (2500000 * :scale)::int) i;
INSERT INTO sale_line SELECT s.id, p, 1 + ((SELECT max(id) - 1 FROM item) * power(random(), 3))::int, 1 + (random() * 4)::int, (random() * 200)::numeric(10,2)
       FROM sale s, generate_series(1, 2) p WHERE p = 1 OR s.id % 2 = 0;
INSERT INTO message SELECT i, 1 + ((2500000 * :scale - 1) * (1 - power(random(), 3)))::bigint, 1 + ((SELECT max(id) - 1 FROM buyer) * power(random(), 3))::int,
       timestamptz '2023-01-01' + i * (interval '700 days' / (2000000 * :scale)), CASE WHEN random() < 0.97 THEN timestamptz '2025-01-01' END, repeat(md5(i::text), 3)
       FROM generate_series(1, (2000000 * :scale)::int) i;
INSERT INTO job SELECT i, (ARRAY['mail','mail','mail','mail','export','refund'])[1 + (random() * 5)::int], CASE WHEN random() < 0.002 THEN 'ready' WHEN random() < 0.004 THEN 'failed' ELSE 'done' END,
       timestamptz '2024-06-01' + i * interval '10 seconds', (power(random(), 6) * 8)::int, md5(i::text) FROM generate_series(1, (1000000 * :scale)::int) i;
