"""A bot that asks once for each user."""
import asyncpg


async def main():
    pool = await asyncpg.create_pool("postgresql:///hearts")
    async with pool.acquire() as conn:
        ids = await conn.fetch("SELECT id FROM users")
        for user in ids:
            print(await conn.fetchrow("SELECT name FROM names WHERE user_id = $1", user["id"]))
        for user in ids[:3]:  # three at most
            # perfadvise: ignore[code.query_in_loop] three at most
            await conn.execute("UPDATE users SET seen = now() WHERE id = $1", user["id"])
