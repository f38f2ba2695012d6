"""asyncpg."""

import asyncpg

BY_AGE = "SELECT id FROM users WHERE age BETWEEN $1 AND $2"


class Repo:
    INSERT = "INSERT INTO audit (who, what) VALUES ($1, $2) RETURNING id"

    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def by_age(self):
        return await self.pool.fetch(BY_AGE, 3, 9)

    async def write(self):
        return await self.pool.fetchval(self.INSERT, "a", "b")

    async def one(self):
        async with self.pool.acquire() as con:
            return await con.fetchrow("SELECT id, name, mail FROM users WHERE mail = $1", "u1@x")

    async def cast(self):
        return await self.pool.fetch("SELECT sku FROM items WHERE order_id = ANY($1::int[]) ORDER BY n DESC", [1, 2])

    async def prepared(self):
        async with self.pool.acquire() as con:
            st = await con.prepare("SELECT n FROM items WHERE id = $1")
            return await st.fetchval(1)

    async def many(self):
        await self.pool.executemany("UPDATE items SET n = $1 WHERE id = $2", [(1, 1), (2, 2)])
