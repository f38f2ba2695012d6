from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def remember(user, text):
    await client.set(f"profile:{user}", text, ex=60)
    await client.expire(f"seen:{user}", 60)
