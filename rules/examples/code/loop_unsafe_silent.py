import asyncio

from celery import Celery
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

app = Celery("work")
engine = create_async_engine("postgresql+asyncpg://app@db/app", poolclass=NullPool)


async def count():
    async with engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM days"))


@app.task
def count_days():
    return asyncio.run(count())


async def serve():
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(serve())
