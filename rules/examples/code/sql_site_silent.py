"""SELECT id FROM profiles is what this module does not do."""
import asyncpg

TITLE = "Select a profile from the list"


async def touch(pool: asyncpg.Pool, log):
    """Update profiles set seen = now()"""
    # SELECT id FROM profiles WHERE id = 1
    log.info("Delete from here")
    await pool.execute("SET lock_timeout = '1s'")
