INSERT INTO target (target_id, name, kind) VALUES (12, 'second', 'pgbouncer'), (13, 'third', 'pgbouncer');
INSERT INTO pgb_config (run_id, target_id, at_us, key, value, default_value, changeable) VALUES
  (1, 2, 1790000600000000, 'max_client_conn', '100', '100', 1),
  (1, 12, 1790000600000000, 'max_client_conn', '100', '100', 1),
  (1, 13, 1790000600000000, 'max_client_conn', '100', '100', 1);
INSERT INTO pgb_list (run_id, target_id, at_us, item, count) VALUES
  (1, 2, 1790000600000000, 'used_clients', 85),
  (1, 12, 1790000600000000, 'used_clients', 99),
  (1, 13, 1790000600000000, 'used_clients', 40);
