INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, indexes_bytes, toast_bytes, live_rows, dead_rows, mods_since_analyze, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read, last_vacuum_us, last_analyze_us, has_pk, reloptions, columns, used_by_view) VALUES
  (1, 1, 1790000600000000, 20000, 'public', 'quiet', 'r', 'p', 5000, 2000, 16384000, 25000000, 8000000, 0, 100000, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, '["autovacuum_enabled=false"]', 6, 0),
  (1, 1, 1790000600000000, 20001, 'public', 'rotting', 'r', 'p', 500000, 2000, 16384000, 25000000, 8000000, 0, 400000, 200000, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, '["fillfactor=90","autovacuum_enabled=off"]', 6, 0),
  (1, 1, 1790000600000000, 20002, 'public', 'small', 'r', 'p', 50, 2000, 16384000, 25000000, 8000000, 0, 50, 500, 500, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0, 1789914200000000, 1789914200000000, 1, '["autovacuum_enabled=false"]', 6, 0);
INSERT INTO pg_table_counter (run_id, target_id, at_us, oid, seq_scan, seq_tup_read, idx_scan, tup_ins, tup_upd, tup_del, tup_hot_upd, heap_hit, heap_read) VALUES
  (1, 1, 1790000000000000, 20000, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20001, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0),
  (1, 1, 1790000000000000, 20002, 10, 1000, 100000, 1000, 1000, 10, 900, 1, 0);
