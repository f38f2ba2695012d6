-- a version without corrections for months
UPDATE pg_server SET version_num = 130020;
