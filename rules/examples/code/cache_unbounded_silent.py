import functools

_type_cache = {}
_page_cache = {}


@functools.cache
def settings():
    return {"debug": False}


@functools.lru_cache(maxsize=1000)
def greeting(user_name: str):
    return f"Hello, {user_name}"


def fields(cls: type):
    if cls not in _type_cache:
        _type_cache[cls] = tuple(vars(cls))
    return _type_cache[cls]


async def page(number: int, load):
    if len(_page_cache) > 100:
        _page_cache.clear()
    if number not in _page_cache:
        _page_cache[number] = await load(number)
    return _page_cache[number]
