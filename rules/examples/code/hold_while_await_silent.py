import asyncio

import asyncpg
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine("postgresql+asyncpg://app@db/app", pool_size=2)
Session = async_sessionmaker(engine)


class Sender:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def send(self, bot, user):
        async with self.pool.acquire() as connection:
            name = await connection.fetchval("SELECT name FROM profiles WHERE id = $1", user)
            await self.mark(connection, user)
        await bot.send_message(user, name)
        await asyncio.sleep(1)

    async def mark(self, connection: asyncpg.Connection, user):
        await connection.execute("UPDATE profiles SET seen = now() WHERE id = $1", user)


async def tell(bot, user):
    async with Session() as session:
        await bot.send_message(user, "nothing is held yet")
        await session.execute("UPDATE profiles SET seen = now()")
        await session.commit()
        await bot.send_message(user, "and nothing any more")
