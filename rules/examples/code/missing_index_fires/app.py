import asyncpg


class Repo:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def by_mail(self, mail):
        return await self.pool.fetchrow("SELECT id FROM people WHERE lower(mail) = $1", mail)

    async def by_kind(self, kind, x):
        return await self.pool.fetch("""
            SELECT id FROM people
            WHERE kind = $1 AND extra ->> 'x' = $2
        """, kind, x)

    async def second(self, second):
        return await self.pool.fetch("SELECT id FROM people WHERE second = $1", second)

    async def either(self, a, b):
        return await self.pool.fetch("SELECT id FROM people WHERE kind = $1 OR mail = $2", a, b)
