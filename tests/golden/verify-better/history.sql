-- Two captures of a minute: an index came.
INSERT INTO target VALUES (1, 'main', 'postgres', NULL), (2, 'app', 'events', NULL), (3, 'cache', 'redis', NULL);
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome, parent_run) VALUES
  (1, '018f0000-0000-7000-8000-000000000001', 'capture', 1700000000000000, 1700000060000000, 't', 'ok', NULL),
  (2, '018f0000-0000-7000-8000-000000000002', 'analysis', 1700000070000000, 1700000071000000, 't', 'ok', 1),
  (3, '018f0000-0000-7000-8000-000000000003', 'capture', 1700000200000000, 1700000260000000, 't', 'ok', NULL);
INSERT INTO change_set (name, run_id, path, created_us, state, applied_us) VALUES
  ('2023-11-14T2214-4f1c', 2, '/nowhere', 1700000071000000, 'applied', 1700000100000000);
-- Buckets of the histogram: 16 an octave from 1 us; 240 is 33 ms, 176 is 2 ms, 272 is 131 ms.
WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 11)
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count)
SELECT run, 2, start + n * 5000000, 5000000, metric, 'chat', 7, 'chat',
       (base + n % 3) || ':' || (90 + n) || ' ' || (base + 20 + n % 4) || ':10', 100 + n
FROM i, (SELECT 1 AS run, 1700000000000000 AS start UNION ALL SELECT 3, 1700000200000000) r
JOIN (SELECT 1 AS at, 'db.client.operation.duration' AS metric, 240 AS base UNION ALL SELECT 3, 'db.client.operation.duration', 176
      UNION ALL SELECT 1, 'db.client.connection.wait_time', 200 UNION ALL SELECT 3, 'db.client.connection.wait_time', 200) m ON m.at = r.run;
WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 11)
INSERT INTO event_cache (run_id, target_id, at_us, interval_us, program, pid, tier, template, hits, misses)
SELECT run, 2, start + n * 5000000, 5000000, 'chat', 7, tier, 'user:{id}', hits + n % 2, misses
FROM i, (SELECT 1 AS run, 1700000000000000 AS start, 'memory' AS tier, 50 AS hits, 50 AS misses UNION ALL SELECT 1, 1700000000000000, 'redis', 20, 30
         UNION ALL SELECT 3, 1700000200000000, 'memory', 50, 50 UNION ALL SELECT 3, 1700000200000000, 'redis', 45, 5);
INSERT INTO event_hist (run_id, target_id, at_us, metric, program, pid, hist, count) VALUES
  (1, 2, 1700000001000000, 'process.ready', 'chat', 7, '320:3', 3), (3, 2, 1700000201000000, 'process.ready', 'chat', 8, '320:3', 3);
INSERT INTO pg_statement_text (target_id, queryid, query, kind) VALUES
  (1, '11', 'SELECT id, sender_id, body, sent_at FROM messages WHERE match_id = $1 ORDER BY sent_at DESC LIMIT $2', 'select'),
  (1, '12', 'SELECT name FROM profiles WHERE id = $1', 'select'), (1, '13', 'INSERT INTO likes VALUES ($1, $2)', 'insert'),
  (1, '14', 'SELECT rare', 'select'), (1, '15', 'SET client_encoding = $1', 'utility'), (1, '16', 'SELECT cheap', 'select'),
  (1, '17', '/* perfadvise */ SELECT 1', 'select');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, total_ms, mean_ms, stddev_ms) VALUES
  (1, 1, 1, 'begin', 'h', 'h', '11', 1, 100, 3000, 30, 4), (1, 1, 2, 'end', 'h', 'h', '11', 1, 1100, 35000, 31.8, 6),
  (3, 1, 1, 'begin', 'h', 'h', '11', 1, 2000, 60000, 30, 8), (3, 1, 2, 'end', 'h', 'h', '11', 1, 3000, 62000, 20.7, 8),
  (1, 1, 1, 'begin', 'h', 'h', '12', 1, 100, 10, 0.1, 0.02), (1, 1, 2, 'end', 'h', 'h', '12', 1, 5100, 510, 0.1, 0.02),
  (3, 1, 1, 'begin', 'h', 'h', '12', 1, 9000, 900, 0.1, 0.02), (3, 1, 2, 'end', 'h', 'h', '12', 1, 14000, 1400, 0.1, 0.02),
  (1, 1, 2, 'end', 'h', 'h', '13', 1, 400, 40, 0.1, 0.01), (3, 1, 2, 'end', 'h', 'h', '13', 1, 300, 90, 0.3, 0.01),
  -- too rare, chatter, a change of 0.02 ms, our own
  (1, 1, 2, 'end', 'h', 'h', '14', 1, 20, 2, 0.1, 0.001), (3, 1, 2, 'end', 'h', 'h', '14', 1, 20, 6, 0.3, 0.001),
  (1, 1, 2, 'end', 'h', 'h', '15', 1, 1000, 100, 0.1, 0.001), (3, 1, 2, 'end', 'h', 'h', '15', 1, 1000, 300, 0.3, 0.001),
  (1, 1, 2, 'end', 'h', 'h', '16', 1, 1000, 100, 0.1, 0.001), (3, 1, 2, 'end', 'h', 'h', '16', 1, 1000, 120, 0.12, 0.001),
  (1, 1, 2, 'end', 'h', 'h', '17', 1, 1000, 100, 0.1, 0.001), (3, 1, 2, 'end', 'h', 'h', '17', 1, 1000, 300, 0.3, 0.001);
