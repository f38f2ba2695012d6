from psycopg import AsyncConnection

NAMES = ["a", "b", "c"]


class Users:
    @classmethod
    async def some(cls, db: AsyncConnection, limit: int):
        async with db.cursor() as cur:
            await cur.execute("SELECT id, name FROM users ORDER BY id LIMIT %s", (limit,))
            return await cur.fetchall()

    @classmethod
    async def ids(cls, db: AsyncConnection, ids):
        async with db.cursor() as cur:
            await cur.execute("SELECT id FROM users WHERE id = ANY(%s)", (ids,))
            return await cur.fetchall()


async def page(db: AsyncConnection, offset: int, size: int):
    found = await Users.some(db, limit=100)
    return found[offset : offset + size]


async def chunks(db: AsyncConnection, ids):
    found = await Users.ids(db, ids)
    for start in range(0, len(found), 100):
        yield found[start : start + 100]


def names(offset: int, size: int):
    return NAMES[offset : offset + size]
