import asyncio

from celery import Celery
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

app = Celery("work")
engine = create_async_engine("postgresql+asyncpg://app@db/app", pool_size=5)
Session = async_sessionmaker(engine)


async def close(day):
    async with Session() as session:
        await session.execute(text("UPDATE days SET closed = true WHERE day = :day"), {"day": day})
        await session.commit()


async def count():
    async with engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM days"))


@app.task
def close_day(day):
    asyncio.run(close(day))


@app.task
def count_days():
    loop = asyncio.new_event_loop()
    return loop.run_until_complete(count())
