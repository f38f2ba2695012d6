-- half is read, in five milliseconds each
INSERT INTO pg_database_sample (run_id, target_id, at_us, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, server_connections, own_xacts) VALUES
  (1, 1, 1790000000000000, 30, 0, 0, 0, 0, 30, 0),
  (1, 1, 1790000600000000, 30, 9000, 100, 900000, 1000000, 30, 0);
UPDATE pg_setting SET value = '4' WHERE name = 'random_page_cost';
INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, stddev_ms, shared_hit, shared_read, read_ms) VALUES
  (1, 1, 1790000000000000, 'begin', 'hearts', 'app', '1', 1, 0, 0, 0, 0, 0, 0, 0, 0),
  (1, 1, 1790000600000000, 'end', 'hearts', 'app', '1', 1, 1000, 1, 900000, 900, 1, 0, 900000, 4500000);
