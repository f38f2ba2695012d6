INSERT INTO pg_setting (run_id, target_id, at_us, name, value, context, source) VALUES (1, 1, 1790000600000000, 'max_locks_per_transaction', '64', 'postmaster', 'default');
INSERT INTO pg_pulse (run_id, target_id, at_us, locks, lock_slots, active, subtrans_waits, autovacuum_workers, autovacuum_max) VALUES
  (1, 1, 1790000000000000, 5000, 7000, 10, 0, 1, 3),
  (1, 1, 1790000200000000, 5000, 7000, 10, 0, 1, 3),
  (1, 1, 1790000400000000, 5000, 7000, 10, 0, 1, 3),
  (1, 1, 1790000600000000, 5000, 7000, 10, 0, 1, 3);
