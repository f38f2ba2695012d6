import asyncpg


async def main():
    return await asyncpg.create_pool(host="localhost", port=6432, database="app", max_size=4, command_timeout=10, statement_cache_size=0)


async def once(pool: asyncpg.Pool, key):
    async with pool.acquire() as connection:
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
            await connection.execute("SET statement_timeout = 5000")
            await connection.execute("LISTEN changes")
