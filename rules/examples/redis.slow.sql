INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory) VALUES (1, 3, 1790000600000000, 1, 1);
INSERT INTO redis_slow (run_id, target_id, at_us, command, pattern, duration_us) VALUES
  (1, 3, 1790000100000000, 'HGETALL', 'big:{n}', 21000),
  (1, 3, 1790000200000000, 'SMEMBERS', 'all', 700000),
  (1, 3, 1789990000000000, 'SORT', 'old', 900000),
  (1, 3, 1790000200000000, 'BRPOP', 'queue', 900000);
INSERT INTO redis_command (run_id, target_id, at_us, edge, command, calls, usec) VALUES
  (1, 3, 1790000000000000, 'begin', 'keys', 10, 1000), (1, 3, 1790000600000000, 'end', 'keys', 14, 9000),
  (1, 3, 1790000600000000, 'end', 'get', 100000, 90000);
