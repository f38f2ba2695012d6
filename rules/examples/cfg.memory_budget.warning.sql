UPDATE pg_setting SET value = '65536' WHERE name = 'work_mem';
