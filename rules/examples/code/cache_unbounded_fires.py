import functools

from aiogram import Router

router = Router()
_profile_cache = {}


async def profile(user_id: int, load):
    if user_id not in _profile_cache:
        _profile_cache[user_id] = await load(user_id)
    return _profile_cache[user_id]


@functools.lru_cache(maxsize=None)
def greeting(user_name: str):
    return f"Hello, {user_name}"
