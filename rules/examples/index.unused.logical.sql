-- what streams is a subscriber of logical replication: its indexes are its own
INSERT INTO pg_slot (run_id, target_id, at_us, name, kind, active, retained_bytes) SELECT run_id, target_id, at_us, 'sub', 'logical', 1, 0 FROM pg_replica;
UPDATE pg_replica SET slot = 'sub';
