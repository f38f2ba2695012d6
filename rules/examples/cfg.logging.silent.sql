INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_lock_waits', 'on', NULL, 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_temp_files', '10240', 'kB', 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_autovacuum_min_duration', '600000', 'ms', 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_statement', 'ddl', NULL, 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_hostname', 'off', NULL, 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_duration', 'off', NULL, 'sighup', 'default');
