from redis.asyncio import BlockingConnectionPool, Redis

pool = BlockingConnectionPool.from_url("redis://cache/0", max_connections=20, timeout=2)
client = Redis(connection_pool=pool)
other = Redis.from_url("redis://cache/1", max_connections=20)
