import asyncio

import asyncpg


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def name(self, user):
        async with self.pool.acquire() as connection:
            return await connection.fetchval("SELECT name FROM users WHERE id = $1", user)

    async def names(self, users):
        return await asyncio.gather(*[self.name(user) for user in users])

    async def later(self, users):
        tasks = [self.name(user) for user in users]
        return await asyncio.gather(*tasks)


async def main():
    return Store(await asyncpg.create_pool("postgresql://app@db/app", max_size=5, command_timeout=5))
