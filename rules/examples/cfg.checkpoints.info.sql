INSERT INTO pg_checkpoint (run_id, target_id, at_us, edge, timed, requested, write_ms, sync_ms, stats_reset_us) VALUES
  (1, 1, 1790000000000000, 'begin', 70, 30, 0, 0, 1787408600000000),
  (1, 1, 1790000600000000, 'end', 71, 30, 0, 0, 1787408600000000);
