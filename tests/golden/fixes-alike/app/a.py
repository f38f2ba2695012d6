from fastapi import FastAPI
from redis.asyncio import Redis

app = FastAPI()
sessions = Redis.from_url("redis://cache/0")


@app.get("/session")
async def session(token: str):
    return await sessions.get(f"session:{token}")
