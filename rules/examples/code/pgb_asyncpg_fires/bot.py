import asyncpg


async def main():
    return await asyncpg.create_pool(host="localhost", port=6432, database="app", max_size=4, command_timeout=10)
