UPDATE pg_setting SET value = 'off', source = 'configuration file', boot_value = 'on' WHERE name = 'enable_seqscan';
