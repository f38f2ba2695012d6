UPDATE pg_setting SET value = 'off' WHERE name = 'fsync';
UPDATE pg_setting SET value = 'off' WHERE name = 'synchronous_commit';
