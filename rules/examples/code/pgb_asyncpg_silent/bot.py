import asyncpg


async def main():
    direct = await asyncpg.create_pool(host="db", port=5432, database="app", max_size=4, command_timeout=10)
    pooled = await asyncpg.create_pool(host="localhost", port=6432, database="app", max_size=4, command_timeout=10,
                                       statement_cache_size=0)
    return direct, pooled
