from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def remember(user, text):
    await client.set(f"profile:{user}", text, ex=60)


async def allowed(user):
    seen = await client.incr(f"calls:{user}")
    if seen == 1:
        await client.expire(f"calls:{user}", 60)
    return seen < 10
