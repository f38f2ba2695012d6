-- the standby was built yesterday
INSERT INTO pg_replica (run_id, target_id, at_us, application, slot, edge, state, sync_state, sent_lag_bytes, replay_lag_bytes, replay_lag_ms) VALUES
  (1, 1, 1790000600000000, 'walreceiver', 'a', 'end', 'streaming', 'async', 0, 0, 0);
INSERT INTO target (target_id, name, kind, identity) VALUES (11, 'reader', 'postgres', '7000000000000000001/16384r');
INSERT INTO pg_server (run_id, target_id, at_us, version_num, system_identifier, database, database_oid, in_recovery, started_us, stats_reset_us) VALUES
  (1, 11, 1790000600000000, 150020, '7000000000000000001', 'hearts', 16384, 1, 1789914200000000, 1789914200000000);
INSERT INTO pg_index (run_id, target_id, at_us, oid, table_oid, schema, "table", name, definition, key_columns, method, opclasses, collations, options, is_unique, is_primary, is_exclusion, is_constraint, is_replica_identity, is_valid, is_ready, building, bytes, idx_scan, idx_tup_read, idx_tup_fetch, blks_hit, blks_read, is_partition, is_partitioned) VALUES
  (1, 11, 1790000600000000, 30000, 20000, 'public', 't', 'small_idx', 'CREATE INDEX small_idx ON public.t USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0),
  (1, 11, 1790000600000000, 30001, 20000, 'public', 't', 'big_idx', 'CREATE INDEX big_idx ON public.t USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0),
  (1, 11, 1790000600000000, 30002, 20000, 'public', 't', 'huge_idx', 'CREATE INDEX huge_idx ON public.t USING btree (a)', '["a"]', 'btree', '["int8_ops"]', '[null]', '[0]', 0, 0, 0, 0, 0, 1, 1, 0, 20971520, 0, 0, 0, 1000, 1, 0, 0);
