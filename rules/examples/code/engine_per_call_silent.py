from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from sqlalchemy import create_engine

engine = create_engine("postgresql://app@db/app", pool_size=2)
_late = None


@lru_cache
def by_url(url):
    engine = create_engine(url, pool_size=2)
    engine.connect().close()
    return engine


def make(url):
    return create_engine(url, pool_size=2)


def lazily():
    global _late
    if _late is None:
        _late = create_engine("postgresql://app@db/other", pool_size=1)
    return _late


class Store:
    def __init__(self, url):
        self.engine = create_engine(url, pool_size=3)


def main():
    engine = create_engine("postgresql://app@db/app", pool_size=2)
    engine.dispose()


threads = ThreadPoolExecutor(max_workers=4)


async def draw(loop, card):
    return await loop.run_in_executor(threads, bytes, card)


def both(pages, load):
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(load, pages))
