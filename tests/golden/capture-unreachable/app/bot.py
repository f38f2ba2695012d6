import asyncpg
async def main(dsn):
    return await asyncpg.create_pool(dsn, max_size=5)
