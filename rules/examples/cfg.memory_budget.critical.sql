UPDATE pg_setting SET value = '131072' WHERE name = 'work_mem';
