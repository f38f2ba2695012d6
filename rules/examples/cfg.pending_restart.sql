INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source, boot_value, pending_restart) VALUES
  (1, 1, 1790000600000000, 'shared_preload_libraries', '', NULL, 'user', 'default', NULL, 1);
