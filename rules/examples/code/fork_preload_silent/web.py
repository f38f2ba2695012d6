from psycopg2.pool import ThreadedConnectionPool

pool = ThreadedConnectionPool(1, 5, "host=db dbname=app connect_timeout=5")


def app(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
