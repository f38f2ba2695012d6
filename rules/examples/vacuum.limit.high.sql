UPDATE pg_setting SET value = '5000' WHERE name = 'autovacuum_vacuum_cost_limit';
