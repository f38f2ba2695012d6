from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def remember(user, text, options):
    await client.set(f"profile:{user}", text, ex=3600)
    await client.set(f"profile:{user}", text, 3600)
    await client.set(f"profile:{user}", text, **options)
    await client.set("version", text)


async def two_steps(user, text):
    await client.set(f"profile:{user}", text)
    await client.expire(f"profile:{user}", 60)
