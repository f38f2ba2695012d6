-- 128 MB, the default, on 8 GB
UPDATE pg_setting SET value = '16384' WHERE name = 'shared_buffers';
