from redis.asyncio import Redis

client: Redis | None = None


async def remember(user, text):
    key = f"profile:{user}"
    await client.set(key, text)
    await client.expire(key, 60)
