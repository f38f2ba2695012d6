from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def profile(user, load):
    key = f"profile:{user}"
    text = await client.get(key)
    if text is None:
        text = await load(user)
        await client.set(key, text, ex=60)
    return text
