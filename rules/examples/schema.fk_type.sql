INSERT INTO pg_foreign_key (run_id, target_id, at_us, name, table_oid, schema, "table", columns, ref_table, ref_columns, validated, supported, column_types, ref_column_types) VALUES
  (1, 1, 1790000600000000, 'orders_user_fkey', 21001, 'public', 'orders', '["user_id"]', 'public.users', '["id"]', 1, 1, '["integer"]', '["bigint"]'),
  (1, 1, 1790000600000000, 'items_order_fkey', 21001, 'public', 'items', '["order_no"]', 'public.orders', '["id"]', 1, 1, '["numeric"]', '["bigint"]'),
  (1, 1, 1790000600000000, 'same', 21001, 'public', 'items', '["a"]', 'public.orders', '["id"]', 1, 1, '["bigint"]', '["bigint"]');
