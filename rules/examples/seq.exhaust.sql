INSERT INTO pg_sequence (run_id, target_id, at_us, schema, name, last_value, max_value, owner_table, owner_column, column_type, used_frac) VALUES
  (1, 1, 1790000600000000, 'public', 'a_id_seq', 1288490188, 2147483647, 't', 'id', 'integer', 0.6),
  (1, 1, 1790000600000000, 'public', 'b_id_seq', 9000000000000000000, 9223372036854775807, 't', 'id', 'bigint', 0.95),
  (1, 1, 1790000600000000, 'public', 'c_id_seq', 5000000000000000000, 9223372036854775807, 't', 'id', 'bigint', 0.6);
