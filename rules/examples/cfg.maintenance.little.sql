UPDATE pg_setting SET value = '16384' WHERE name = 'maintenance_work_mem';
