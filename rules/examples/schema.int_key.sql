-- a tenth, a quarter and half of the numbers used; one that is fast: 100 million now, 20 million ten days ago; bigint is no matter
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (0, '00000000-0000-7000-8000-000000000000', 'capture', 1789136000000000, 1789136600000000, 'example', 'ok');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (0, 1, 1789136600000000, 150020, '7000000000000000001', 'hearts', 16384, 0, 1780000000000000);
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'a', 'r', 'p', 300000000, 100, 819200, 900000, 300000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'b', 'r', 'p', 600000000, 100, 819200, 900000, 600000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21003, 'public', 'c', 'r', 'p', 1200000000, 100, 819200, 900000, 1200000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21004, 'public', 'fast', 'r', 'p', 100000000, 100, 819200, 900000, 100000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21005, 'public', 'slow', 'r', 'p', 1000000, 100, 819200, 900000, 1000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21006, 'public', 'big', 'r', 'p', 1000000000, 100, 819200, 900000, 1000000000, 0, 0, 4, 1, 0);
INSERT INTO pg_column (run_id, target_id, at_us, table_oid, attnum, name, type, range_frac) VALUES
  (1, 1, 1790000600000000, 21001, 1, 'id', 'integer', 0.13969838619232178),
  (1, 1, 1790000600000000, 21002, 1, 'id', 'integer', 0.27939677238464355),
  (1, 1, 1790000600000000, 21003, 1, 'id', 'integer', 0.5587935447692871),
  (1, 1, 1790000600000000, 21004, 1, 'id', 'integer', 0.046566128730773926),
  (1, 1, 1790000600000000, 21005, 1, 'id', 'integer', 0.00046566128730773926),
  (1, 1, 1790000600000000, 21006, 1, 'id', 'bigint', 1.0842021724855044e-10);
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, method, key_columns, is_primary, is_unique, is_valid, is_constraint) VALUES
  (1, 1, 1790000600000000, 31001, 21001, 'public', 'a', 'a_pkey', 'btree', '["id"]', 1, 1, 1, 1),
  (1, 1, 1790000600000000, 31002, 21002, 'public', 'b', 'b_pkey', 'btree', '["id"]', 1, 1, 1, 1),
  (1, 1, 1790000600000000, 31003, 21003, 'public', 'c', 'c_pkey', 'btree', '["id"]', 1, 1, 1, 1),
  (1, 1, 1790000600000000, 31004, 21004, 'public', 'fast', 'fast_pkey', 'btree', '["id"]', 1, 1, 1, 1),
  (1, 1, 1790000600000000, 31005, 21005, 'public', 'slow', 'slow_pkey', 'btree', '["id"]', 1, 1, 1, 1),
  (1, 1, 1790000600000000, 31006, 21006, 'public', 'big', 'big_pkey', 'btree', '["id"]', 1, 1, 1, 1);
INSERT INTO pg_sequence (run_id, target_id, at_us, schema, name, last_value, max_value, owner_table, owner_column, column_type, used_frac) VALUES
  (1, 1, 1790000600000000, 'public', 'b_id_seq', 600000000, 2147483647, 'public.b', 'id', 'integer', 0.2793967725147478),
  (1, 1, 1790000600000000, 'public', 'c_id_seq', 1200000000, 2147483647, 'public.c', 'id', 'integer', 0.5587935450294956),
  (1, 1, 1790000600000000, 'public', 'fast_id_seq', 100000000, 2147483647, 'public.fast', 'id', 'integer', 0.04656612875245797),
  (1, 1, 1790000600000000, 'public', 'slow_id_seq', 1000000, 2147483647, 'public.slow', 'id', 'integer', 0.0004656612875245797);
INSERT INTO pg_sequence (run_id, target_id, at_us, schema, name, last_value, max_value, owner_table, owner_column, column_type, used_frac) VALUES
  (0, 1, 1789136600000000, 'public', 'fast_id_seq', 20000000, 2147483647, 'public.fast', 'id', 'integer', 0.009313225750491594),
  (0, 1, 1789136600000000, 'public', 'b_id_seq', 599999900, 2147483647, 'public.b', 'id', 'integer', 0.2793967259486191),
  (0, 1, 1789136600000000, 'public', 'c_id_seq', 1199999900, 2147483647, 'public.c', 'id', 'integer', 0.5587934984633669);
