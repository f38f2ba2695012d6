import asyncpg
from aiogram import Router

router = Router()


@router.message()
async def names(message, pool: asyncpg.Pool):
    ids = [int(x) for x in message.text.split()]
    await pool.fetch("SELECT name FROM profiles WHERE kind IN ('a', 'b')")
    return await pool.fetch("SELECT name FROM profiles WHERE id = ANY($1)", ids)
