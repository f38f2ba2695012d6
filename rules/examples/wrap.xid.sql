INSERT INTO pg_wraparound (run_id, target_id, at_us, database, xid_age, mxid_age, xmin_holder, xmin_age, oldest_holder_s) VALUES
  (1, 1, 1790000600000000, 'hearts', 1000000000, 1000, NULL, 100, 1.0),
  (1, 1, 1790000600000000, 'archive', 1700000000, 1000, NULL, 100, 1.0),
  (1, 1, 1790000600000000, 'other', 200000000, 1000, NULL, 100, 1.0);
