import asyncpg


class Repo:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def by_mail(self, mail):
        return await self.pool.fetchrow("SELECT id FROM people p WHERE LOWER(p.mail) = $1", mail)

    async def by_x(self, x, second):
        return await self.pool.fetch("SELECT id FROM people WHERE extra->>'x' = $1 AND second = $2", x, second)

    async def by_first(self, first, mail):
        return await self.pool.fetch("SELECT id FROM people WHERE first = $1 AND mail = $2 AND kind = $1", first, mail)

    async def active(self):
        return await self.pool.fetch("SELECT id FROM people WHERE active LIMIT 10")

    async def some(self, clauses):
        return await self.pool.fetch(f"SELECT id FROM people WHERE second = $1 AND {clauses}")

    async def of_a_kind(self):
        return await self.pool.fetch("SELECT count(*) FROM people WHERE kind = 'x'")

    async def forget(self, before):
        await self.pool.execute("DELETE FROM people WHERE second < $1", before)

    async def nested(self, key):
        return await self.pool.fetch(
            "SELECT id, (SELECT count(*) FROM people WHERE first = p.first AND second = 'x') FROM people p WHERE id = $1", key)

    async def elsewhere(self, name):
        return await self.pool.fetch("SELECT id FROM places WHERE name = $1", name)


async def main(pool: asyncpg.Pool):
    await pool.execute("UPDATE people SET active = false WHERE second = 'x'")
