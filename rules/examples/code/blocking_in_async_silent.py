import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from fastapi import FastAPI

app = FastAPI()


def read(path):
    with open(path) as file:
        return json.load(file)


def slow():
    time.sleep(1)


async def load(path):
    await asyncio.sleep(0.1)
    await asyncio.to_thread(slow)
    return await asyncio.to_thread(read, path)


async def later(loop):
    return await loop.run_in_executor(None, lambda: time.sleep(1))


async def main():
    with open("version") as file:
        return file.read()


def version():
    with open("version") as file:
        return file.read().strip()


async def about():
    return version()


@sync_to_async
def count():
    time.sleep(1)


async def totals(loop, parts):
    with ThreadPoolExecutor() as pool:
        return await loop.run_in_executor(pool, sum, parts), await count()


@app.on_event("startup")
async def warm():
    with open("words.json") as file:
        app.words = json.load(file)


async def prepare():
    time.sleep(1)


app.add_event_handler("startup", prepare)
