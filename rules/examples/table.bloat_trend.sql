-- ten days ago both held little more than their rows need
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (0, '00000000-0000-7000-8000-000000000000', 'capture', 1789136000000000, 1789136600000000, 'example', 'ok');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (0, 1, 1789136600000000, 150020, '7000000000000000001', 'hearts', 16384, 0, 1780000000000000);
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (0, 1, 1789136600000000, 21001, 'public', 'queue', 'r', 'p', 1000000, 100, 209715200, 209715200, 1000000, 0, 0, 4, 1, 0),
  (0, 1, 1789136600000000, 21002, 'public', 'events', 'r', 'p', 10000000, 100, 2147483648, 2147483648, 10000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, avg_width, null_frac) VALUES
  (0, 1, 1789136600000000, 21001, 1, 'id', 'bigint', 8, 0),
  (0, 1, 1789136600000000, 21001, 2, 'body', 'text', 100, 0),
  (0, 1, 1789136600000000, 21002, 1, 'id', 'bigint', 8, 0),
  (0, 1, 1789136600000000, 21002, 2, 'body', 'text', 100, 0);
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'queue', 'r', 'p', 1000000, 100, 629145600, 629145600, 1000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'events', 'r', 'p', 10000000, 100, 4294967296, 4294967296, 10000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, avg_width, null_frac) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'id', 'bigint', 8, 0),
  (1, 1, 1790000600000000, 21001, 2, 'body', 'text', 100, 0),
  (1, 1, 1790000600000000, 21002, 1, 'id', 'bigint', 8, 0),
  (1, 1, 1790000600000000, 21002, 2, 'body', 'text', 100, 0);
