import redis.asyncio as redis

client = redis.from_url("redis://cache/0")


async def on_name(user):
    await client.set(f"name:{user.id}", user.name)
