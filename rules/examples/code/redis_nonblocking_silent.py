from redis.asyncio import BlockingConnectionPool, Redis

pool = BlockingConnectionPool.from_url("redis://cache/0", max_connections=10, socket_timeout=5)
client = Redis(connection_pool=pool)
