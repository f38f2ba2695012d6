import asyncpg
from aiogram import Router

router = Router()


@router.message()
async def names(message, pool: asyncpg.Pool):
    ids = [int(x) for x in message.text.split()]
    return await pool.fetch(f"SELECT name FROM profiles WHERE id IN ({', '.join(map(str, ids))})")
