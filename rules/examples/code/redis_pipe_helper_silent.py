import redis.asyncio as redis


class Cache:
    def __init__(self, url):
        self.client = redis.from_url(url, max_connections=10, socket_timeout=5)

    async def get(self, key):
        return await self.client.get(f"cache:{key}")

    async def get_many(self, keys):
        return await self.client.mget([f"cache:{key}" for key in keys])


cache = Cache("redis://cache/0")


async def profiles(users):
    return await cache.get_many(users)


async def boosters(user):
    wanted = [kind for kind in ("time", "luck", "money") if user[kind]]
    for kind in wanted:
        await cache.get(kind)


async def notify(bot, users):
    for user in users:
        if await cache.get(user):
            await bot.send_message(user, "hello")


async def forget_prefixes(client: redis.Redis, prefixes):
    for prefix in prefixes:
        keys = [key async for key in client.scan_iter(f"{prefix}:*")]
        await client.delete(*keys)


async def at_once(client: redis.Redis, gather, users):
    return await gather(*[client.get(user) for user in users])
