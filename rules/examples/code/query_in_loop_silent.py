import asyncio
from itertools import islice

import asyncpg

KINDS = ("like", "match", "message")


def batches(items, size):
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk


class Store:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def once(self):
        return [row["id"] for row in await self.pool.fetch("SELECT id FROM profiles LIMIT 10")]

    async def iterate(self):
        for row in await self.pool.fetch("SELECT id FROM profiles LIMIT 10"):
            print(row)

    async def retry(self, user):
        while True:
            try:
                return await self.pool.fetchrow("SELECT id FROM profiles WHERE id = $1", user)
            except OSError:
                await asyncio.sleep(1)

    async def attempts(self, user):
        for attempt in range(3):
            await self.pool.execute("UPDATE profiles SET seen = now() WHERE id = $1", user)

    async def counts(self):
        return {kind: await self.pool.fetchval("SELECT count(*) FROM events WHERE kind = $1", kind) for kind in KINDS}

    async def load(self, ids):
        for chunk in batches(ids, 500):
            await self.pool.execute("DELETE FROM profiles WHERE id = ANY($1)", chunk)
        for start in range(0, len(ids), 500):
            await self.pool.execute("DELETE FROM likes WHERE id = ANY($1)", ids[start:start + 500])

    async def flush_every(self, events):
        pending = []
        for event in events:
            pending.append(event)
            if len(pending) >= 500:
                await self.pool.execute("INSERT INTO events SELECT * FROM unnest($1::int[])", pending)
                pending.clear()

    async def announce(self, bot, users):
        for user in users:
            await bot.send_message(user, "news")
            await self.pool.execute("UPDATE profiles SET told = true WHERE id = $1", user)

    async def first(self, names):
        for name in names:
            if name:
                return await self.pool.fetchrow("SELECT id FROM profiles WHERE name = $1", name)
