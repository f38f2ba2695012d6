INSERT INTO pg_expected (run_id, target_id, at_us, replicas) VALUES
  (1, 1, 1790000600000000, 2);
INSERT INTO pg_replica (run_id, target_id, at_us, application, slot, edge, state, sync_state, sent_lag_bytes, replay_lag_bytes, replay_lag_ms, xmin_age) VALUES
  (1, 1, 1790000600000000, 'walreceiver', 'a', 'end', 'streaming', 'async', 0, 0, 0, 5);
