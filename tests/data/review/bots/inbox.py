"""The reference plan of the output formats: one finding of each kind of place, text that a sink must encode."""
import asyncpg
import requests
from sqlalchemy import create_engine

engine = create_engine("postgresql://app@db/app", echo=True)


class Inbox:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def names(self):
        out = []
        rows = await self.pool.fetch("SELECT id FROM chats WHERE title <> '<b>100 %</b>, a:b'")
        for row in rows:
            """Wörter, 😀"""; out.append(await self.pool.fetchval("SELECT name FROM users WHERE id = $1", row["id"]))  # 😀
        return out

    async def days(self):
        rows = await self.pool.fetch("SELECT id FROM days")
        for row in rows:
            # perfadvise: ignore[code.query_in_loop] seven days, never more
            await self.pool.execute("UPDATE days SET seen = true WHERE id = $1", row["id"])


async def on_message(message):
    return requests.get("https://example.org/hook", params={"text": message})
