from redis.asyncio import Redis

client: Redis | None = None


async def log(user, line):
    if await client.lpush(f"log:{user}", line) > 200:
        await client.ltrim(f"log:{user}", 0, 99)


async def score(user, points):
    async with client.pipeline() as pipe:
        pipe.zadd("board", {user: points})
        pipe.zremrangebyrank("board", 0, -101)
        await pipe.execute()


async def look(key, other):
    left = await client.ttl(other)
    value = await client.get(key)
    return value, left


async def cached(key, make):
    value = await client.get(key)
    if value is None:
        value = await make(key)
        await client.setex(key, 60, value)
    return value
