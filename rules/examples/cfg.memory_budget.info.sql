-- 2 GB + 100 x 25 MB x 2 + 3 x 64 MB of 8 GB
UPDATE pg_setting SET value = '25600' WHERE name = 'work_mem';
