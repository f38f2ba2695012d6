import asyncpg

UNREAD = "SELECT count(*) FROM messages WHERE match_id = $1"


async def one(pool: asyncpg.Pool, key):
    return await pool.fetchrow(
        """SELECT id, name
           FROM profiles WHERE id = $1""", key)


async def unread(pool: asyncpg.Pool, match):
    return await pool.fetchval(UNREAD, match)
