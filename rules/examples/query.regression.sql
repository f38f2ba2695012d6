-- five nights and now: 1.7, 2.6 and 8 times as slow; one that was slow on one night, too; one that is as ever
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
  (1, '1', 'f1', '15-4.2.3', 'SELECT 1 FROM t WHERE a = $1', 'select'),
  (1, '2', 'f2', '15-4.2.3', 'SELECT 2 FROM t WHERE a = $1', 'select'),
  (1, '3', 'f3', '15-4.2.3', 'SELECT 3 FROM t WHERE a = $1', 'select'),
  (1, '4', 'f4', '15-4.2.3', 'SELECT 4 FROM t WHERE a = $1', 'select'),
  (1, '5', 'f5', '15-4.2.3', 'SELECT 5 FROM t WHERE a = $1', 'select');
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (-9, '00000000-0000-7000-8000-000000000050', 'capture', 1789482199000000, 1789482200000000, 'example', 'ok');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (-9, 1, 1789482200000000, 'end', 'hearts', 'app', '1', 1, 2000, 2000, 2000, 1.0, 0),
  (-9, 1, 1789482200000000, 'end', 'hearts', 'app', '2', 1, 2000, 2000, 10000, 5.0, 0),
  (-9, 1, 1789482200000000, 'end', 'hearts', 'app', '3', 1, 2000, 2000, 20000, 10.0, 0),
  (-9, 1, 1789482200000000, 'end', 'hearts', 'app', '4', 1, 2000, 2000, 2000, 1.0, 0),
  (-9, 1, 1789482200000000, 'end', 'hearts', 'app', '5', 1, 2000, 2000, 40000, 20.0, 0);
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (-8, '00000000-0000-7000-8000-000000000051', 'capture', 1789568599000000, 1789568600000000, 'example', 'ok');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (-8, 1, 1789568600000000, 'end', 'hearts', 'app', '1', 1, 4000, 4000, 4000, 1.0, 0),
  (-8, 1, 1789568600000000, 'end', 'hearts', 'app', '2', 1, 4000, 4000, 20000, 5.0, 0),
  (-8, 1, 1789568600000000, 'end', 'hearts', 'app', '3', 1, 4000, 4000, 40000, 10.0, 0),
  (-8, 1, 1789568600000000, 'end', 'hearts', 'app', '4', 1, 4000, 4000, 20000, 5.0, 0),
  (-8, 1, 1789568600000000, 'end', 'hearts', 'app', '5', 1, 4000, 4000, 80000, 20.0, 0);
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (-7, '00000000-0000-7000-8000-000000000052', 'capture', 1789654999000000, 1789655000000000, 'example', 'ok');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (-7, 1, 1789655000000000, 'end', 'hearts', 'app', '1', 1, 6000, 6000, 6000, 1.0, 0),
  (-7, 1, 1789655000000000, 'end', 'hearts', 'app', '2', 1, 6000, 6000, 32000, 5.333333333333333, 0),
  (-7, 1, 1789655000000000, 'end', 'hearts', 'app', '3', 1, 6000, 6000, 60000, 10.0, 0),
  (-7, 1, 1789655000000000, 'end', 'hearts', 'app', '4', 1, 6000, 6000, 22000, 3.6666666666666665, 0),
  (-7, 1, 1789655000000000, 'end', 'hearts', 'app', '5', 1, 6000, 6000, 120000, 20.0, 0);
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (-6, '00000000-0000-7000-8000-000000000053', 'capture', 1789741399000000, 1789741400000000, 'example', 'ok');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (-6, 1, 1789741400000000, 'end', 'hearts', 'app', '1', 1, 8000, 8000, 8200.0, 1.025, 0),
  (-6, 1, 1789741400000000, 'end', 'hearts', 'app', '2', 1, 8000, 8000, 42000, 5.25, 0),
  (-6, 1, 1789741400000000, 'end', 'hearts', 'app', '3', 1, 8000, 8000, 80000, 10.0, 0),
  (-6, 1, 1789741400000000, 'end', 'hearts', 'app', '4', 1, 8000, 8000, 24000, 3.0, 0),
  (-6, 1, 1789741400000000, 'end', 'hearts', 'app', '5', 1, 8000, 8000, 160000, 20.0, 0);
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (-5, '00000000-0000-7000-8000-000000000054', 'capture', 1789827799000000, 1789827800000000, 'example', 'ok');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (-5, 1, 1789827800000000, 'end', 'hearts', 'app', '1', 1, 10000, 10000, 10200.0, 1.02, 0),
  (-5, 1, 1789827800000000, 'end', 'hearts', 'app', '2', 1, 10000, 10000, 52000, 5.2, 0),
  (-5, 1, 1789827800000000, 'end', 'hearts', 'app', '3', 1, 10000, 10000, 100000, 10.0, 0),
  (-5, 1, 1789827800000000, 'end', 'hearts', 'app', '4', 1, 10000, 10000, 26000, 2.6, 0),
  (-5, 1, 1789827800000000, 'end', 'hearts', 'app', '5', 1, 10000, 10000, 200000, 20.0, 0);
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '1', 1, 10000, 0, 10200.0, 1, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '1', 1, 11000, 0, 11900.0, 1, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '2', 1, 10000, 0, 52000, 1, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '2', 1, 11000, 0, 65000, 1, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '3', 1, 10000, 0, 100000, 1, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '3', 1, 11000, 0, 180000, 1, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '4', 1, 10000, 0, 26000, 1, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '4', 1, 11000, 0, 34000, 1, 0),
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '5', 1, 10000, 0, 200000, 1, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '5', 1, 11000, 0, 221000, 1, 0);
