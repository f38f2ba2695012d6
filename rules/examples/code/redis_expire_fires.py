from redis.asyncio import Redis

client: Redis | None = None


async def remember(user, text):
    key = f"profile:{user}"
    await client.set(key, text)
    await client.expire(key, 60)


async def join(user, group):
    await client.sadd(f"members:{group}", user)
    await client.expire(f"members:{group}", 3600)


async def recall(user):
    if await client.exists(f"profile:{user}"):
        return await client.get(f"profile:{user}")
