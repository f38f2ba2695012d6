from psycopg_pool import ConnectionPool

pool = ConnectionPool("host=localhost port=6432 dbname=app", min_size=1, max_size=2)
