-- 512 MB on 8 GB
UPDATE pg_setting SET value = '65536' WHERE name = 'shared_buffers';
