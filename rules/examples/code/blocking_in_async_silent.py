import asyncio
import json
import time


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
