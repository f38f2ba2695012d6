INSERT INTO pg_prepared_xact (run_id, target_id, at_us, gid, role, database, age_s, xid_age) VALUES
  (1, 1, 1790000600000000, 'fresh', 'app', 'hearts', 3.5, 4),
  (1, 1, 1790000600000000, 'left', 'app', 'hearts', 300, 400),
  (1, 1, 1790000600000000, 'forgotten', 'app', 'hearts', 90000, 40000),
  (1, 1, 1790000600000000, 'now', 'app', 'hearts', 0.02, 1);
