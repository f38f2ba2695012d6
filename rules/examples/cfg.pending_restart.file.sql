INSERT INTO pg_file_setting (run_id, target_id, at_us, name, file, line, error) VALUES
  (1, 1, 1790000600000000, 'wrok_mem', 'postgresql.conf', 17, 'unrecognized configuration parameter "wrok_mem"'),
  (1, 1, 1790000600000000, 'shared_preload_libraries', 'postgresql.auto.conf', 3, 'setting could not be applied');
