import asyncpg


class Store:
    def __init__(self, pool, archive):
        self.pool = pool
        self.archive = archive

    async def move(self, user):
        async with self.pool.acquire() as connection, self.archive.acquire() as other:
            row = await connection.fetchrow("SELECT name FROM profiles WHERE id = $1", user)
            await other.execute("INSERT INTO gone (name) VALUES ($1)", row["name"])
        async with self.pool.acquire() as connection:
            await self.log(connection, user)

    async def log(self, connection, user):
        await connection.execute("INSERT INTO log (who) VALUES ($1)", user)

    async def book(self, user, connection=None):
        local = connection is None
        if connection is None:
            connection = await self.pool.acquire()
        await connection.execute("INSERT INTO log (who) VALUES ($1)", user)
        if local:
            await self.pool.release(connection)

    async def pay(self, user):
        async with self.pool.acquire() as connection:
            await self.book(user, connection=connection)


async def main():
    pool = await asyncpg.create_pool("postgresql://app@db/app", max_size=4)
    archive = await asyncpg.create_pool("postgresql://app@archive/app", max_size=4)
    return Store(pool, archive)
