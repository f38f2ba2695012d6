import json
import time

import requests
from sqlalchemy import create_engine, text

engine = create_engine("postgresql://app@db/app", pool_size=2)


async def handle(user):
    time.sleep(0.2)
    return requests.get(f"https://example.org/{user}", timeout=3).json()


async def load(path):
    with open(path) as file:
        return json.load(file)


async def names():
    rows = engine.connect().execute(text("SELECT name FROM profiles LIMIT 5"))
    return [row.name for row in rows]
