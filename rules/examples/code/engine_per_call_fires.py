import aiohttp
import asyncpg
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from sqlalchemy import create_engine, text

URL = "postgresql://app@db/app"


def export(day):
    engine = create_engine(URL)
    with engine.connect() as connection:
        return connection.execute(text("SELECT id FROM orders WHERE day = :day"), {"day": day}).all()


def tables():
    with ProcessPoolExecutor() as workers:
        return list(workers.map(len, ["a", "b"]))


async def main():
    for shard in range(200):
        pool = await asyncpg.create_pool(URL, max_size=2)
        await pool.close()


async def fetch(url):
    async with aiohttp.ClientSession() as session:
        return await session.get(url)


async def fetch_all(urls):
    for url in urls:
        async with aiohttp.ClientSession() as session:
            await session.get(url)


async def draw(loop, card):
    with ThreadPoolExecutor() as threads:
        return await loop.run_in_executor(threads, bytes, card)
