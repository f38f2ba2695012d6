UPDATE pg_setting SET value = '409600' WHERE name = 'maintenance_work_mem';
