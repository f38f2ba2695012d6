-- two days ago two standbys streamed, now one
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (0, '00000000-0000-7000-8000-000000000000', 'capture', 1789827200000000, 1789827800000000, 'example', 'ok');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us) VALUES
  (0, 1, 1789827800000000, 150020, '7000000000000000001', 'hearts', 16384, 0, 1780000000000000);
INSERT INTO pg_replica (run_id, target_id, at_us, application, slot, edge, state, sync_state, sent_lag_bytes, replay_lag_bytes, replay_lag_ms, xmin_age) VALUES
  (0, 1, 1789827800000000, 'walreceiver', 'a', 'end', 'streaming', 'async', 0, 0, 0, 5),
  (0, 1, 1789827800000000, 'walreceiver', 'b', 'end', 'streaming', 'async', 0, 0, 0, 5);
INSERT INTO pg_replica (run_id, target_id, at_us, application, slot, edge, state, sync_state, sent_lag_bytes, replay_lag_bytes, replay_lag_ms, xmin_age) VALUES
  (1, 1, 1790000600000000, 'walreceiver', 'a', 'end', 'streaming', 'async', 0, 0, 0, 5);
