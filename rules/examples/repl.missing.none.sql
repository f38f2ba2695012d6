INSERT INTO pg_expected (run_id, target_id, at_us, replicas) VALUES
  (1, 1, 1790000600000000, 1);
