from psycopg import AsyncConnection


class Users:
    @classmethod
    async def all(cls, db: AsyncConnection, search=None):
        async with db.cursor() as cur:
            await cur.execute("SELECT id, name FROM users WHERE name LIKE %s", (search,))
            return await cur.fetchall()


async def page(db: AsyncConnection, page: int, size: int):
    users = await Users.all(db, search="x%") or []
    start_index = (page - 1) * size
    return {"results": users[start_index : start_index + size], "total": len(users)}


async def rows(db: AsyncConnection, offset: int, size: int):
    found = await Users.all(db)
    return found[offset : offset + size]
