-- the advice was followed
INSERT INTO pg_role_setting (run_id, target_id, at_us, role, database, name, value) VALUES
  (1, 1, 1790000600000000, 'app', NULL, 'work_mem', '8MB');
