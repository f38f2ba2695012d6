import asyncio

import asyncpg
import httpx
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://app@db/app", pool_size=2)
Session = async_sessionmaker(engine)


class Throttle:
    async def wait(self):
        await asyncio.sleep(0.1)


class Sender:
    def __init__(self, pool: asyncpg.Pool, client: httpx.AsyncClient):
        self.pool = pool
        self.client = client
        self.throttle = Throttle()

    async def send(self, user):
        async with self.pool.acquire() as connection:
            name = await connection.fetchval("SELECT name FROM profiles WHERE id = $1", user)
            await self.client.post("https://example.org/push", json={"name": name})

    async def slowly(self, user):
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE profiles SET seen = now() WHERE id = $1", user)
            await self.throttle.wait()


async def startup(bot):
    async with Session() as session:
        await session.execute("SELECT 1 FROM profiles")
        await bot.send_message(1, "up")
        await session.commit()
