from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def profiles(users):
    async with client.pipeline() as pipe:
        for user in users:
            pipe.get(f"profile:{user}")
        return await pipe.execute()


async def consume():
    while True:
        await client.set("alive", 1, ex=5)


async def both(settings):
    for name in ("a", "b"):
        await client.get(name)
    for name in settings:
        settings.get(name)
