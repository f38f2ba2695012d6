import redis
from redis.asyncio import ConnectionPool, Redis

client = redis.Redis(host="cache")
pool = ConnectionPool.from_url("redis://cache/0", max_connections=10)


async def remember(key, value):
    async with Redis(connection_pool=pool) as connection:
        await connection.set(key, value, ex=60)


class Cache:
    def __init__(self, url):
        self.client = Redis.from_url(url)
