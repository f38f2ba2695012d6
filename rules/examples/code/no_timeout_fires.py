import urllib.request

import httpx
import asyncpg
import requests
from redis.asyncio import Redis

redis = Redis.from_url("redis://cache/0")


def weather(town):
    return requests.get("https://example.org/" + town).json()


async def main():
    return await asyncpg.create_pool("postgresql://app@db/app", max_size=4)


api = httpx.AsyncClient(timeout=None)


def page(url):
    return urllib.request.urlopen(url).read()
