UPDATE pg_setting SET value = 'off' WHERE name = 'track_io_timing';
UPDATE pg_setting SET value = '1024' WHERE name = 'track_activity_query_size';
