INSERT INTO pg_statements_info (run_id, target_id, at_us, edge, dealloc, entries, max_entries, stats_reset_us) VALUES
  (1, 1, 1790000000000000, 'begin', 3, 4900, 5000, 1789136000000000),
  (1, 1, 1790000600000000, 'end', 9, 4900, 5000, 1789136000000000);
