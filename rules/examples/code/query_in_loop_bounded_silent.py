import enum

import asyncpg
import remnapy
from pydantic import BaseModel


class Proxy(str, enum.Enum):
    one = "one"
    two = "two"


class Base(BaseModel):
    proxies: dict[Proxy, str] = {}


class Change(Base):
    name: str


class Store:
    def __init__(self, pool: asyncpg.Pool, sdk: remnapy.Sdk):
        self.pool = pool
        self.sdk = sdk

    async def change(self, change: Change):
        for proxy, value in change.proxies.items():  # as many as the enumeration has members
            await self.pool.execute("UPDATE proxies SET value = $1 WHERE kind = $2", value, proxy)

    async def reorder(self, rows):
        for i, row in enumerate(rows):
            if row.place != i:  # those that moved
                row.place = i
                await self.pool.execute("UPDATE rows SET place = $1 WHERE id = $2", i, row.id)

    async def panel(self, user):
        return await self.sdk.users.get(user)

    async def synchronize(self, users):
        for user in users:  # the panel is what it waits for
            found = await self.panel(user)
            await self.pool.execute("UPDATE users SET panel = $1 WHERE id = $2", found, user)

    async def tables(self):
        for kind in "pending", "confirmed":
            await self.pool.fetch(f"SELECT id FROM {kind}_people")
