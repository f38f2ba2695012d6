UPDATE pg_server SET started_us = at_us - 7200000000;
INSERT INTO pg_buffered (run_id, target_id, at_us, schema, name, kind, bytes, cached_bytes, blocks_asked) VALUES
  (1, 1, 1790000600000000, 'public', 'messages', 'r', 419430400, 41943040, 100),
  (1, 1, 1790000600000000, 'public', 'messages_pkey', 'i', 94371840, 9437184, 700),
  (1, 1, 1790000600000000, 'public', 'profiles', 'r', 94371840, 83886080, 100),
  (1, 1, 1790000600000000, 'public', 'tiny', 'r', 16384, 0, 90),
  (1, 1, 1790000600000000, 'public', 'huge', 'r', 9663676416, 1073741824, 100);
