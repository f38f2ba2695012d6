import asyncpg


async def old(pool: asyncpg.Pool):
    for row in await pool.fetch("SELECT id FROM a"):
        await pool.execute("UPDATE a SET x = 1 WHERE id = $1", row["id"])
    for row in await pool.fetch("SELECT id FROM b"):
        await pool.execute("UPDATE a SET x = 1 WHERE id = $1", row["id"])


async def gone(pool: asyncpg.Pool):
    for row in await pool.fetch("SELECT id FROM a"):
        await pool.execute("UPDATE c SET x = 1 WHERE id = $1", row["id"])
