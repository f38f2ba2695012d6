import json

from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)


async def remember(user, profile):
    await client.set(f"profile:{user}", json.dumps(profile))


async def startup(users):
    for user in users:
        await client.set(f"known:{user}", 1)
