from datetime import timedelta

from redis.asyncio import Redis

client: Redis | None = None


async def log(user, line):
    await client.lpush(f"log:{user}", line)
    await client.ltrim(f"log:{user}", 0, 99)


async def score(user, points):
    await client.zadd("board", {user: points})
    # only the best hundred
    await client.zremrangebyrank("board", 0, -101)


async def look(key):
    left = await client.ttl(key)
    value = await client.get(key)
    return value, left


async def adventure(user):
    left = await client.execute_command("TTL", f"adv:{user}")
    if left == -2:
        return None
    number = await client.execute_command("GET", f"adv:{user}")
    return int(number), timedelta(seconds=left)


async def count(user):
    calls = await client.incr(f"calls:{user}")
    await client.expire(f"calls:{user}", 60)
    return calls < 10


async def once(message):
    if await client.exists(f"seen:{message}"):
        return False
    await client.set(f"seen:{message}", "1", ex=3600)
    return True


async def profile(user):
    name = await client.hget(f"profile:{user}", "name")
    town = await client.hget(f"profile:{user}", "town")
    return name, town


async def forget(user):
    await client.delete(f"profile:{user}")
    await client.delete(f"log:{user}")
    await client.delete(f"calls:{user}")
