import redis.asyncio as redis

client = redis.Redis(host="cache", socket_timeout=5)


def sessions(settings):
    names = list(settings.keys())
    return names, client.scan_iter("session:*")


async def log(line):
    await client.lpush("lines", line)
    await client.ltrim("lines", 0, 99)


async def lines():
    return await client.lrange("lines", 0, -1)


async def save(user, town):
    await client.hset(f"profile:{user}", "town", town)
    await client.hset("totals", "users", user)
    await client.sadd("queue", user)


async def profile(user):
    return await client.hgetall(f"profile:{user}"), await client.hgetall("totals")


async def newest():
    return await client.lrange("lines", 0, 9), await client.smembers("roles")
