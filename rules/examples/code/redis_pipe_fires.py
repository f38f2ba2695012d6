from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def profiles(users):
    return [await client.get(f"profile:{user}") for user in users]


async def forget(keys):
    for key in keys:
        await client.delete(key)


async def forget_group(group):
    async for key in client.scan_iter(match=f"{group}:*"):
        await client.delete(key)
