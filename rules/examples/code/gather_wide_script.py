import asyncio

import asyncpg


async def name(pool, user):
    async with pool.acquire() as connection:
        return await connection.fetchval("SELECT name FROM users WHERE id = $1", user)


async def main(users):
    pool = await asyncpg.create_pool("postgresql://app@db/app", max_size=5, command_timeout=5)
    return await asyncio.gather(*(name(pool, user) for user in users))
