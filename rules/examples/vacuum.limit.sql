INSERT INTO pg_setting (run_id, target_id, at_us, name, value, context, source) VALUES
  (1, 1, 1790000600000000, 'autovacuum_vacuum_cost_limit', '-1', 'sighup', 'default'),
  (1, 1, 1790000600000000, 'vacuum_cost_limit', '200', 'user', 'default');
