-- wrapped in a sub-select; one permissive policy a command; others restrict, or are for other roles
INSERT INTO pg_table (run_id, target_id, at_us, oid, schema, name, kind, persistence, rows, pages, heap_bytes, total_bytes, live_rows, dead_rows, tup_ins, columns, has_pk, is_partition) VALUES
  (1, 1, 1790000600000000, 21001, 'public', 'small', 'r', 'p', 10, 100, 819200, 900000, 10, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21002, 'public', 'notes', 'r', 'p', 50000, 100, 819200, 900000, 50000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21003, 'public', 'events', 'r', 'p', 5000000, 100, 819200, 900000, 5000000, 0, 0, 4, 1, 0),
  (1, 1, 1790000600000000, 21004, 'public', 'shared', 'r', 'p', 50000, 100, 819200, 900000, 50000, 0, 0, 4, 1, 0);
INSERT INTO pg_policy (run_id, target_id, at_us, schema, "table", name, command, permissive, enabled, roles, calls) VALUES
  (1, 1, 1790000600000000, 'public', 'notes', 'read', 'select', 1, 1, '["public"]', NULL),
  (1, 1, 1790000600000000, 'public', 'notes', 'write', 'insert', 1, 1, '["public"]', NULL),
  (1, 1, 1790000600000000, 'public', 'events', 'own', 'all', 1, 1, '["public"]', NULL),
  (1, 1, 1790000600000000, 'public', 'events', 'limit', 'all', 0, 1, '["public"]', NULL),
  (1, 1, 1790000600000000, 'public', 'shared', 'a', 'select', 1, 1, '["app"]', NULL),
  (1, 1, 1790000600000000, 'public', 'shared', 'b', 'select', 1, 1, '["admin"]', NULL);
