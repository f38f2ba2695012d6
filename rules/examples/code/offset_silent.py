import asyncpg


async def first(pool: asyncpg.Pool):
    return await pool.fetch("SELECT id, name FROM people ORDER BY id LIMIT 10 OFFSET 0")


async def after(pool: asyncpg.Pool, last):
    return await pool.fetch("SELECT id, name FROM people WHERE id > $1 ORDER BY id LIMIT 10", last)


async def end_of_batch(pool: asyncpg.Pool, size):
    return await pool.fetchval("SELECT id FROM people ORDER BY id LIMIT 1 OFFSET $1", size)


def moved(box, by):
    return box.offset(by).paginate(3)


def top(query):
    return query.order_by("id").offset(0)
