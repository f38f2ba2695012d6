-- one look only
INSERT INTO pg_slru (run_id, target_id, at_us, edge, name, hits, reads, stats_reset_us) VALUES
  (1, 1, 1790000600000000, 'end', 'subtransaction', 90000, 600, 1789913600000000);
