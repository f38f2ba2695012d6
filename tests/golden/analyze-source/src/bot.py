"""A bot that asks once for each user."""
import asyncpg


class Inbox:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def names(self):
        async with self.pool.acquire() as conn:
            ids = await conn.fetch("SELECT id FROM users")
            for user in ids:
                print(await conn.fetchrow("SELECT name FROM names WHERE user_id = $1", user["id"]))

    async def touch(self):
        async with self.pool.acquire() as conn:
            for user in await conn.fetch("SELECT id FROM admins"):
                # perfadvise: ignore[code.query_in_loop] three at most
                await conn.execute("UPDATE users SET seen = now() WHERE id = $1", user["id"])
