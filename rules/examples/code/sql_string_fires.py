import asyncpg


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def by_name(self, name):
        return await self.pool.fetch(f"SELECT id FROM profiles WHERE name = '{name}'")

    async def sorted(self, table):
        return await self.pool.fetch(f"SELECT id FROM {table} ORDER BY id LIMIT 10")
