import asyncpg
from sqlalchemy import Column, Integer, select
from sqlalchemy.orm import declarative_base


async def page(pool: asyncpg.Pool, size, number):
    return await pool.fetch("SELECT id, name FROM people ORDER BY id LIMIT $1 OFFSET $2", size, size * number)


async def any_one(pool: asyncpg.Pool):
    return await pool.fetchrow("""SELECT id FROM people
                                  OFFSET floor(random() * (SELECT count(*) FROM people))
                                  LIMIT 1""")


async def search(pool: asyncpg.Pool, where, page):
    query = f"SELECT id FROM people {where}"
    if page:
        query += """
            ORDER BY id
            OFFSET $1 LIMIT 10
        """
    return await pool.fetch(query, page)


class Person(declarative_base()):
    __tablename__ = "people"
    id = Column(Integer, primary_key=True)


async def by_page(session, page):
    return await session.scalars(select(Person).order_by(Person.id).offset(page * 10).limit(10))


def posts(query, page):
    return query.order_by(Person.id).paginate(page, 25)
