import asyncpg


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def by_name(self, name):
        return await self.pool.fetch(f"SELECT id FROM profiles WHERE name = '{name}'")

    async def since(self, day):
        return await self.pool.fetch("SELECT id FROM profiles WHERE created_at > '%s'" % day)


async def main(pool: asyncpg.Pool, name):
    await pool.execute(f"DELETE FROM profiles WHERE name = '{name}'")
