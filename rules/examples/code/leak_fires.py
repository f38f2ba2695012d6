import asyncpg
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://app@db/app", pool_size=2)


def names():
    connection = engine.connect()
    return connection.execute(text("SELECT name FROM profiles LIMIT 5")).all()


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def name(self, user):
        connection = await self.pool.acquire()
        return await connection.fetchval("SELECT name FROM profiles WHERE id = $1", user)
