UPDATE pg_server SET version_num = 150002;
