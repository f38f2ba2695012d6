import asyncpg

COLUMNS = "id, name"
TABLE = "profiles"


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def by_name(self, name):
        return await self.pool.fetch(f"SELECT {COLUMNS} FROM {TABLE} WHERE name = $1", name)

    async def all(self):
        return await self.pool.fetch("SELECT id " "FROM profiles " "LIMIT 10")

    async def some(self, ids):
        marks = ", ".join(f"${i}" for i in range(1, len(ids) + 1))
        return await self.pool.fetch(f"SELECT id FROM profiles WHERE id IN ({marks})", *ids)

    async def sorted(self, table):
        return await self.pool.fetch(f"SELECT id FROM {table} ORDER BY id LIMIT 10")
