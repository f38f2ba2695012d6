-- work_mem was doubled, a role got a timeout and lost another
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (0, '00000000-0000-7000-8000-000000000000', 'capture', 1789996400000000, 1789997000000000, 'example', 'ok');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (0, 1, 1789997000000000, 150020, '7000000000000000001', 'hearts', 16384, 0, 1780000000000000);
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (0, 1, 1789997000000000, 'work_mem', '2048', 'kB', 'user', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (0, 1, 1789997000000000, 'random_page_cost', '1.1', NULL, 'sighup', 'default');
INSERT INTO pg_role_setting (run_id, target_id, at_us, role, database, name, value) VALUES
  (0, 1, 1789997000000000, 'app', NULL, 'lock_timeout', '5s');
INSERT INTO pg_role_setting (run_id, target_id, at_us, role, database, name, value) VALUES
  (1, 1, 1790000600000000, 'app', NULL, 'statement_timeout', '30s');
