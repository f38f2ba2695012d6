INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_lock_waits', 'off', NULL, 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_temp_files', '-1', 'kB', 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_autovacuum_min_duration', '-1', 'ms', 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_statement', 'all', NULL, 'sighup', 'default');
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'log_hostname', 'off', NULL, 'sighup', 'default');
