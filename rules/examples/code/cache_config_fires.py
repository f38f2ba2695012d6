import functools
import json

from cachetools import TTLCache
from redis.asyncio import Redis

from settings import PRICE_S

client = Redis.from_url("redis://cache/0", socket_timeout=5)
names = TTLCache(maxsize=1024, ttl=60)


def remember(seconds=30, entries=500):
    def decorate(function):
        kept = {}

        @functools.wraps(function)
        async def call(*args):
            if args in kept:
                return kept[args]
            answer = await function(*args)
            kept[args] = answer
            return answer

        return call

    return decorate


@remember(seconds=5)
async def rank(user):
    return await client.zscore("ranks", user)


@remember()
async def best(group):
    return await client.zscore("ranks", group)


@functools.lru_cache
def shape(word):
    return word.upper()


class SmallCache:
    def __init__(self, capacity=10):
        self.capacity = capacity
        self.entries = {}

    def get(self, key):
        return self.entries.get(key)

    def put(self, key, value):
        if len(self.entries) >= self.capacity:
            self.entries.pop(next(iter(self.entries)))
        self.entries[key] = value


words = SmallCache(capacity=200)


async def price(item, load):
    text = await client.get(f"price:{item}")
    if text is None:
        text = json.dumps(await load(item))
        await client.set(f"price:{item}", text, ex=PRICE_S)
    return text


@functools.lru_cache(maxsize=None)
def settings():
    return {"debug": False}
