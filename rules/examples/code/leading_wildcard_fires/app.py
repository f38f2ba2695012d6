import asyncpg


async def find(pool: asyncpg.Pool, part):
    return await pool.fetch("SELECT id FROM people WHERE name ILIKE '%' || $1 || '%' LIMIT 10", part)


async def ends(pool: asyncpg.Pool):
    return await pool.fetch("SELECT id FROM people WHERE mail LIKE '%.org'")
