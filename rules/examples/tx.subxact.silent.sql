-- savepoints are used, and nothing is read for them
INSERT INTO pg_slru (run_id, target_id, at_us, edge, name, hits, reads, stats_reset_us) VALUES
  (1, 1, 1790000000000000, 'begin', 'subtransaction', 10, 2, 1789913600000000),
  (1, 1, 1790000600000000, 'end', 'subtransaction', 90000, 2, 1789913600000000);
INSERT INTO pg_pulse (run_id, target_id, at_us, locks, lock_slots, active, subtrans_waits, autovacuum_workers, autovacuum_max) VALUES
  (1, 1, 1790000000000000, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000085714285, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000171428571, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000257142857, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000342857142, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000428571428, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000514285714, 20, 7000, 10, 0, 1, 3),
  (1, 1, 1790000600000000, 20, 7000, 10, 0, 1, 3);
