INSERT INTO pg_recovery (run_id, target_id, at_us, edge, receiver, replay_lag_bytes, replay_age_s, conflicts_tablespace, conflicts_lock, conflicts_snapshot, conflicts_bufferpin, conflicts_deadlock) VALUES
  (1, 1, 1790000000000000, 'begin', 'streaming', 0, 0, 0, 1, 100, 0, 0),
  (1, 1, 1790000600000000, 'end', 'streaming', 0, 0, 0, 1, 102, 0, 0);
