import asyncpg


async def old(pool: asyncpg.Pool):
    for row in await pool.fetch("SELECT id FROM a"):
        await pool.execute("UPDATE a SET x = 1 WHERE id = $1", row["id"])
