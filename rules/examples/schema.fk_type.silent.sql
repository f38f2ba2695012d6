-- text and varchar are one type to an index
INSERT INTO pg_foreign_key (run_id, target_id, at_us, name, table_oid, schema, "table", columns, ref_table, ref_columns, validated, supported, column_types, ref_column_types) VALUES
  (1, 1, 1790000600000000, 't', 21001, 'public', 'items', '["a"]', 'public.tags', '["id"]', 1, 1, '["text"]', '["character varying"]'),
  (1, 1, 1790000600000000, 'u', 21001, 'public', 'items', '["a", "b"]', 'public.tags', '["id"]', 1, 1, '["uuid", "text"]', '["uuid", "text"]');
