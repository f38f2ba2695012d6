UPDATE pg_setting SET value = 'off' WHERE name = 'autovacuum';
