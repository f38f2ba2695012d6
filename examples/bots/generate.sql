-- A year of Hearts: 200,000 profiles, 500,000 likes, 120,000 matches, 1,000,000 messages.
--
-- The same data every time: random() is seeded, and "now" is a fixed evening. People are not
-- alike: power(random(), k) makes few of them popular, and few conversations long.

SET ROLE hearts;
SET search_path = hearts, public;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
SET work_mem = '64MB';
SELECT setseed(0.42) \g /dev/null

INSERT INTO cities
SELECT n, 'City ' || n, 45 + 10 * random(), 5 + 20 * random()
FROM generate_series(1, 80) AS n;

-- Popular cities come first; people live up to some 20 km around the centre.
INSERT INTO profiles
SELECT p.id, 'User ' || p.id, (CASE WHEN p.r < 0.48 THEN 'f' WHEN p.r < 0.97 THEN 'm' ELSE 'x' END)::"char",
       date '1968-01-01' + (p.age * 13500)::int, c.id,
       c.latitude + 0.2 * (random() - 0.5), c.longitude + 0.3 * (random() - 0.5),
       repeat('I like long walks, short films and ' || p.id % 97 || ' kinds of tea. ', 1 + p.id::int % 4),
       'https://img.hearts.example/' || md5(p.id::text) || '.jpg',
       p.active < 0.92,
       timestamptz '2026-06-01 20:00+00' - p.joined * interval '365 days',
       timestamptz '2026-06-01 20:00+00' - power(p.seen, 3) * interval '60 days'
FROM (SELECT id, random() AS r, random() AS age, random() AS active, random() AS joined, random() AS seen,
             1 + (80 * power(random(), 2.2))::int % 80 AS city
      FROM generate_series(1, 200000) AS id OFFSET 0) AS p
JOIN cities AS c ON c.id = p.city;

-- The rows below refer to each other by construction: no need to check each of two million keys.
RESET ROLE;
SET session_replication_role = replica;

INSERT INTO likes
SELECT DISTINCT ON (liker_id, liked_id) liker_id, liked_id,
       timestamptz '2026-06-01 20:00+00' - random() * interval '365 days'
FROM (SELECT 1 + (200000 * power(random(), 1.6))::bigint % 200000 AS liker_id,
             1 + (200000 * power(random(), 2.5))::bigint * 7919 % 200000 AS liked_id
      FROM generate_series(1, 515000) OFFSET 0) AS pairs
WHERE liker_id <> liked_id;

INSERT INTO matches (id, user_a, user_b, created_at, last_message_at)
SELECT row_number() OVER (ORDER BY created_at), user_a, user_b, created_at,
       timestamptz '2026-06-01 20:00+00' - power(random(), 3) * interval '30 days'
FROM (SELECT DISTINCT ON (least(liker_id, liked_id), greatest(liker_id, liked_id))
             least(liker_id, liked_id) AS user_a, greatest(liker_id, liked_id) AS user_b, created_at
      FROM likes) AS pairs
LIMIT 120000;

INSERT INTO messages (id, match_id, sender_id, body, sent_at, read_at)
SELECT s.n, s.match_id, CASE WHEN s.r < 0.5 THEN m.user_a ELSE m.user_b END,
       'Message ' || s.n || repeat(', and then we talked about the weather', 1 + (3 * s.r)::int),
       s.sent_at, CASE WHEN s.r < 0.85 THEN s.sent_at + s.r * interval '3 hours' END
FROM (SELECT n, 1 + (120000 * power(random(), 1.8))::bigint * 7919 % 120000 AS match_id, random() AS r,
             timestamptz '2026-06-01 20:00+00' - (1000000 - n) * interval '31 seconds' AS sent_at
      FROM generate_series(1, 1000000) AS n OFFSET 0) AS s
JOIN matches AS m ON m.id = s.match_id;

INSERT INTO reports (message_id, reporter_id, reason, state, created_at)
SELECT m.id, m.sender_id, (ARRAY['spam', 'rude', 'fake', 'scam'])[1 + m.id % 4],
       CASE WHEN m.id % 10 < 2 THEN 'open' WHEN m.id % 10 < 7 THEN 'dismissed' ELSE 'removed' END,
       m.sent_at + interval '1 hour'
FROM messages AS m WHERE m.id % 67 = 0;

RESET session_replication_role;
SELECT setval('hearts.matches_id_seq', 120000), setval('hearts.messages_id_seq', 1000000) \g /dev/null

VACUUM (FREEZE, ANALYZE);
