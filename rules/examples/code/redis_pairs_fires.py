from redis.asyncio import Redis

client: Redis | None = None


async def log(user, line):
    await client.lpush(f"log:{user}", line)
    await client.ltrim(f"log:{user}", 0, 99)


async def score(user, points):
    await client.zadd("board", {user: points})
    await client.zremrangebyrank("board", 0, -101)


async def look(key):
    left = await client.ttl(key)
    value = await client.get(key)
    return value, left
