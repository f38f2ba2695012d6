from settings import database
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine(
    "postgresql+asyncpg://db/app",
    pool_size=database.pool_size,
    max_overflow=database.max_overflow,
)
