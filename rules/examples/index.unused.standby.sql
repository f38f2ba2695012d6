-- a standby that nobody captured
INSERT INTO pg_replica (run_id, target_id, at_us, application, slot, edge, state, sync_state, sent_lag_bytes, replay_lag_bytes, replay_lag_ms) VALUES
  (1, 1, 1790000600000000, 'walreceiver', 'a', 'end', 'streaming', 'async', 0, 0, 0);
