INSERT INTO pg_upgrade_issue (run_id, target_id, at_us, kind, name, detail) VALUES
  (1, 1, 1790000600000000, 'reg_column', 'public.jobs.handler', 'regproc'),
  (1, 1, 1790000600000000, 'extension', 'hstore', '1.6 installed, 1.8 there'),
  (1, 1, 1790000600000000, 'collation', 'database hearts', '2.31 recorded, 2.36 in use'),
  (1, 1, 1790000600000000, 'collation', 'de_DE', '2.31 recorded, 2.36 in use');
