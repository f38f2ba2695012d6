INSERT INTO pg_database_sample (run_id, target_id, at_us, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, server_connections, own_xacts) VALUES
  (1, 1, 1790000000000000, 90, 0, 0, 0, 0, 90, 0),
  (1, 1, 1790000600000000, 90, 9000, 100, 900, 1000000, 90, 0);
INSERT INTO pg_setting (run_id, target_id, at_us, name, value, unit, context, source) VALUES
  (1, 1, 1790000600000000, 'huge_pages', 'off', NULL, 'sighup', 'default');
