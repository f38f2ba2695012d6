INSERT INTO pg_wraparound (run_id, target_id, at_us, database, xid_age, mxid_age, xmin_holder, xmin_age, oldest_holder_s) VALUES
  (1, 1, 1790000600000000, 'hearts', 150000000, 1000, 'slot old_replica', 30000000, 400000.0);
