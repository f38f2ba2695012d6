from redis.asyncio import Redis

from a import app

limits = Redis.from_url("redis://cache/1")


@app.get("/limit")
async def limit(user: str):
    return await limits.get(f"limit:{user}")
