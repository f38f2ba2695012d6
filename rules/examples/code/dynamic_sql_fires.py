import asyncpg


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def sorted(self, table):
        return await self.pool.fetch(f"SELECT id FROM {table} ORDER BY id LIMIT 10")

    async def some(self, **wanted):
        parts = [f"{key} = ${i}" for i, key in enumerate(wanted, 1)]
        return await self.pool.fetch(f"SELECT id FROM profiles WHERE {' AND '.join(parts)}", *wanted.values())

    async def page(self, newest):
        query = "SELECT id FROM profiles"
        if newest:
            query += " ORDER BY id DESC"
        return await self.pool.fetch(query)
