-- an hour ago max_wal_size was another one
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (0, '00000000-0000-7000-8000-000000000000', 'capture', 1789996400000000, 1789997000000000, 'example', 'ok');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (0, 1, 1789997000000000, 150020, '7000000000000000001', 'hearts', 16384, 0, 1780000000000000);
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (0, 1, 1789997000000000, 'max_wal_size', '1024', 'MB', 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'max_wal_size', '4096', 'MB', 'sighup', 'default');
INSERT INTO pg_checkpoint (run_id, target_id, at_us, edge, timed, requested, write_ms, sync_ms, stats_reset_us) VALUES
  (0, 1, 1789997000000000, 'end', 40, 58, 0, 0, 1787408600000000);
