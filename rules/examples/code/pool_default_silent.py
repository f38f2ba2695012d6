from arq import create_pool
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

chosen = create_engine("postgresql://app@db/app", pool_size=4, max_overflow=0)
unpooled = create_engine("postgresql://app@db/app", poolclass=NullPool)
local = create_engine("sqlite:///app.db")


def guess(**options):
    return create_engine("postgresql://app@db/app", **options)


async def jobs(settings):
    return await create_pool(settings)


def pages(paginator):
    return paginator(max_size=1900)
