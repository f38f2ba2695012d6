import asyncpg
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://app@db/app", pool_size=2)


def names():
    connection = engine.connect()
    try:
        return connection.execute(text("SELECT name FROM profiles LIMIT 5")).all()
    finally:
        connection.close()


def opened():
    connection = engine.connect()
    return connection


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def name(self, user):
        connection = await self.pool.acquire()
        try:
            return await connection.fetchval("SELECT name FROM profiles WHERE id = $1", user)
        finally:
            await self.pool.release(connection)
