-- far behind at both ends, a little, one that caught up; and a standby about itself
INSERT INTO pg_replica (run_id, target_id, at_us, application, slot, edge, state, sync_state, sent_lag_bytes, replay_lag_bytes, replay_lag_ms, xmin_age) VALUES
  (1, 1, 1790000000000000, 'walreceiver', 'far', 'begin', 'streaming', 'async', 0, 5368709120, 100, 5),
  (1, 1, 1790000600000000, 'walreceiver', 'far', 'end', 'streaming', 'async', 0, 6442450944, 100, 5),
  (1, 1, 1790000000000000, 'walreceiver', 'near', 'begin', 'streaming', 'async', 0, 209715200, 45000, 5),
  (1, 1, 1790000600000000, 'walreceiver', 'near', 'end', 'streaming', 'async', 0, 157286400, 40000, 5),
  (1, 1, 1790000000000000, 'walreceiver', 'caught', 'begin', 'streaming', 'async', 0, 5368709120, 400000, 5),
  (1, 1, 1790000600000000, 'walreceiver', 'caught', 'end', 'streaming', 'async', 0, 1000, 3, 5);
INSERT INTO target (target_id, name, kind, identity) VALUES (11, 'slow', 'postgres', '7000000000000000001/16384s');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (1, 11, 1790000600000000, 150020, '7000000000000000001', 'hearts', 16384, 1, 1789000000000000);
INSERT INTO pg_recovery (run_id, target_id, at_us, edge, receiver, replay_lag_bytes, replay_age_s) VALUES
  (1, 11, 1790000000000000, 'begin', 'streaming', 2147483648, 900),
  (1, 11, 1790000600000000, 'end', 'streaming', 3221225472, 800);
