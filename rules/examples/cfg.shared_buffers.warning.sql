-- 6.5 of 8 GB
UPDATE pg_setting SET value = '851968' WHERE name = 'shared_buffers';
