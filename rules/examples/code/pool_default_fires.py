import asyncpg
from sqlalchemy import create_engine

engine = create_engine("postgresql://app@db/app")


async def main():
    return await asyncpg.create_pool("postgresql://app@db/app")
