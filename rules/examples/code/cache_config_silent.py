import functools
import time

from redis.asyncio import Redis

client = Redis.from_url("redis://cache/0", socket_timeout=5)
spent = {}


def timed(function):
    @functools.wraps(function)
    async def call(*args):
        start = time.monotonic()
        answer = await function(*args)
        spent[function.__name__] = time.monotonic() - start
        return answer

    return call


@timed
async def rank(user):
    return await client.zscore("ranks", user)


async def only_once(user):
    return await client.set(f"seen:{user}", 1, nx=True, ex=60)


class Shape:
    @functools.cached_property
    def area(self):
        return 4
