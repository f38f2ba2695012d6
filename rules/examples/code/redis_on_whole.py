from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)
SEEN = "seen"


async def visit(user, text):
    await client.hset(SEEN, user, text)
    await client.rpush("history", text)


async def online():
    return await client.hgetall(SEEN)


async def history():
    return await client.lrange("history", 0, -1)


async def per_round(users, send):
    for user in users:
        await send(user, await client.hkeys(SEEN))
