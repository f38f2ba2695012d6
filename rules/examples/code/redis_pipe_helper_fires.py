import redis.asyncio as redis


class Cache:
    def __init__(self, url):
        self.client = redis.from_url(url, max_connections=10, socket_timeout=5)

    async def get(self, key):
        value = await self.client.get(f"cache:{key}")
        return value.decode() if value else None

    async def forget(self, key):
        await self.client.delete(f"cache:{key}")


cache = Cache("redis://cache/0")


async def profiles(users):
    found = []
    for user in users:
        found.append(await cache.get(user))
    return found


async def forget_all(users):
    for user in users:
        await cache.forget(user)


async def timers(client: redis.Redis, user):
    left = {}
    for key in await client.keys(f"cd:{user}:*"):
        left[key] = await client.execute_command("TTL", key)
    return left


async def sessions(request):
    found = []
    async for key in request.app.state.redis.scan_iter("session:*"):
        found.append(await request.app.state.redis.hgetall(key))
    return found
