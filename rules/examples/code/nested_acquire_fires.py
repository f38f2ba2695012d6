import asyncpg


class Store:
    def __init__(self, pool):
        self.pool = pool

    async def transfer(self, user):
        async with self.pool.acquire() as connection:
            async with self.pool.acquire() as other:
                await other.execute("INSERT INTO log (who) VALUES ($1)", user)
            await connection.execute("UPDATE profiles SET seen = now() WHERE id = $1", user)

    async def log(self, user):
        async with self.pool.acquire() as connection:
            await connection.execute("INSERT INTO log (who) VALUES ($1)", user)

    async def remove(self, user):
        async with self.pool.acquire() as connection:
            await connection.execute("DELETE FROM profiles WHERE id = $1", user)
            await self.log(user)

    async def book(self, user, connection=None):
        if connection is None:
            connection = await self.pool.acquire()
        await connection.execute("INSERT INTO log (who) VALUES ($1)", user)

    async def pay(self, user):
        async with self.pool.acquire() as connection:
            await connection.execute("SELECT 1")
            await self.book(user)


async def main():
    pool = await asyncpg.create_pool("postgresql://app@db/app", max_size=4)
    return Store(pool)
