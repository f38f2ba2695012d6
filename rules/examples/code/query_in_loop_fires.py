import asyncpg


class Inbox:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def list(self, user):
        found = []
        async with self.pool.acquire() as connection:
            rows = await connection.fetch("SELECT id, partner FROM matches WHERE owner = $1", user)
            for row in rows:
                found.append(await connection.fetchrow("SELECT name FROM profiles WHERE id = $1", row["partner"]))
        return found

    async def names(self, users):
        return [await self.pool.fetchval("SELECT name FROM profiles WHERE id = $1", user) for user in users]

    async def ages(self, users):
        ages = {}
        for user in users:
            ages[user] = await self.age(user)
        return ages

    async def age(self, user):
        return await self.pool.fetchval("SELECT age FROM profiles WHERE id = $1", user)
