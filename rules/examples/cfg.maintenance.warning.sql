UPDATE pg_setting SET value = '1048576' WHERE name = 'autovacuum_work_mem';
