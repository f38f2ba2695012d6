SELECT setseed(0.42);
INSERT INTO region SELECT g, 'region ' || g FROM generate_series(1, 12) g;
INSERT INTO depot SELECT g, 1 + g % 12, 'depot ' || g FROM generate_series(1, 400) g;
INSERT INTO maker SELECT g, 1 + g % 12, 'maker ' || g, g % 10 FROM generate_series(1, 3000) g;
INSERT INTO article SELECT g, 1 + (random() * 2999)::int, 'class ' || g % 60, 'g' || g % 25, (random() * 1000)::int, random() * 900 FROM generate_series(1, (150000 * :scale)::int) g;
INSERT INTO stock SELECT a, 1 + (a * 7 + k * 101) % 400, (random() * 5000)::int, random() * 500 FROM generate_series(1, (150000 * :scale)::int) a, generate_series(0, 3) k;
INSERT INTO client SELECT g, 1 + (power(random(), 2) * 11)::int, (ARRAY['garage','fleet','shop','state','farm'])[1 + g % 5], random() * 9000 - 900, '+' || g FROM generate_series(1, (120000 * :scale)::int) g;
INSERT INTO purchase SELECT g, 1 + (power(random(), 2) * (120000 * :scale - 1))::int, date '2019-01-01' + (random() * 2400)::int, CASE WHEN g % 40 = 0 THEN 'P' WHEN g % 2 = 0 THEN 'F' ELSE 'O' END,
    (ARRAY['low','normal','high','urgent'])[1 + floor(power(random(), 2) * 3.99)::int], random() * 9000, md5(g::text) FROM generate_series(1, (1200000 * :scale)::int) g;
INSERT INTO line SELECT p.id, k, 1 + (power(random(), 1.3) * (150000 * :scale - 1))::int, 1 + (random() * 399)::int, 1 + (random() * 49)::int, random() * 3000, (random() * 10)::int / 100.0,
    p.ordered + 1 + (random() * 100)::int, p.ordered + 10 + (random() * 80)::int, (ARRAY['road','rail','air','ship','courier'])[1 + (random() * 4)::int], random() < 0.05, md5(k::text || p.id)
FROM purchase p, generate_series(1, 4) k;
