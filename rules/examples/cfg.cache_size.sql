UPDATE pg_setting SET value = '131072' WHERE name = 'effective_cache_size';
