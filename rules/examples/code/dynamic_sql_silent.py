import asyncpg

COLUMNS = "id, name"


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def constant(self):
        return await self.pool.fetch(f"""SELECT id FROM profiles LIMIT 10""")

    async def one(self, key):
        return await self.pool.fetch("SELECT {} FROM profiles WHERE id = $1".format(COLUMNS), key)

    async def some(self, ids):
        marks = ", ".join("?" for _ in ids)
        return await self.pool.fetch(f"SELECT id FROM profiles WHERE id IN ({marks})", *ids)
