import asyncio

from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)
loading = asyncio.Lock()


async def profile(user, load):
    key = f"profile:{user}"
    async with loading:
        text = await client.get(key)
        if text is None:
            text = await load(user)
            await client.set(key, text, ex=60)
    return text


async def bump(user):
    seen = await client.get(f"seen:{user}")
    await client.set(f"last:{user}", seen, ex=60)
