from redis.asyncio import ConnectionPool, Redis

client = Redis(host="cache", max_connections=10, socket_timeout=5)
pool = ConnectionPool.from_url("redis://cache/0", max_connections=50, socket_timeout=5)
