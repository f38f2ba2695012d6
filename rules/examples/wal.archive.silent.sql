-- it failed long ago and works since
INSERT INTO pg_archiver (run_id, target_id, at_us, edge, mode, archived, failed, last_archived_us, last_failed_us, stats_reset_us) VALUES
  (1, 1, 1790000000000000, 'begin', 'on', 100, 3, 1789999999000000, 1789999000000000, 1789913600000000),
  (1, 1, 1790000600000000, 'end', 'on', 105, 3, 1790000599000000, 1789999000000000, 1789913600000000);
