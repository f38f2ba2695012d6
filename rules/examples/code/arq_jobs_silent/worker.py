from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://app@db/app", pool_size=5, max_overflow=5)


async def report(ctx, day):
    return day


class WorkerSettings:
    functions = [report]
    max_jobs = 10
