import asyncpg


async def main():
    pooled = await asyncpg.create_pool(host="localhost", port=6432, database="app", max_size=4, command_timeout=10, statement_cache_size=0)
    direct = await asyncpg.create_pool(host="db", port=5432, database="app", max_size=1, command_timeout=10)
    async with direct.acquire() as connection:
        await connection.execute("LISTEN changes")
    async with pooled.acquire() as connection, connection.transaction():
        await connection.fetchval("SELECT pg_advisory_xact_lock($1)", 5)
        await connection.execute("SET LOCAL statement_timeout = 5000")
