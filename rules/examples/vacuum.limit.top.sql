UPDATE pg_setting SET value = '10000' WHERE name = 'autovacuum_vacuum_cost_limit';
