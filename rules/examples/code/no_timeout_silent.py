import asyncpg
import requests
from redis.asyncio import Redis

redis = Redis.from_url("redis://cache/0", socket_timeout=5)
OPTIONS = {"command_timeout": 10}


def weather(town):
    return requests.get("https://example.org/" + town, timeout=5).json()


async def main(extra):
    one = await asyncpg.create_pool("postgresql://app@db/app", max_size=4, **OPTIONS)
    two = await asyncpg.create_pool("postgresql://app@db/app", max_size=4, server_settings={"statement_timeout": "5000"})
    three = await asyncpg.create_pool("postgresql://app@db/app", max_size=4, **extra)
    return one, two, three
