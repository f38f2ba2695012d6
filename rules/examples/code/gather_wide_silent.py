import asyncio

import asyncpg

limit = asyncio.Semaphore(3)


async def name(pool, user):
    async with limit, pool.acquire() as connection:
        return await connection.fetchval("SELECT name FROM users WHERE id = $1", user)


async def page(url):
    await asyncio.sleep(1)


async def names(pool, users):
    return await asyncio.gather(*[name(pool, user) for user in users])


async def pages(urls):
    return await asyncio.gather(*[page(url) for url in urls])


async def both(pool):
    return await asyncio.gather(*[count(pool, table) for table in ("a", "b")])


async def count(pool, table):
    async with pool.acquire() as connection:
        return await connection.fetchval("SELECT count(*) FROM users")


async def main():
    pool = await asyncpg.create_pool("postgresql://app@db/app", max_size=5, command_timeout=5)
    await names(pool, [])
    await both(pool)
