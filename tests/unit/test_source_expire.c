/* Columns that are read after the commit that expired them. */
#include "tests/lib/sources.h"

#define DB "from typing import Annotated\nfrom fastapi import Depends\nfrom sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine\n" \
           "from sqlalchemy.orm import sessionmaker\nengine = create_async_engine('postgresql+asyncpg://h/d')\nMaker = sessionmaker(engine, class_=AsyncSession)\n" \
           "Kept = async_sessionmaker(engine, expire_on_commit=False)\nOf = async_sessionmaker(engine, **options)\n" \
           "async def get_db():\n    async with Maker() as session:\n        yield session\n" \
           "async def get_kept():\n    async with Kept() as session:\n        yield session\nDep = Annotated[AsyncSession, Depends(get_db)]\n"
#define MODELS "from sqlalchemy import Column, Integer, String\nfrom sqlalchemy.orm import declarative_base\nBase = declarative_base()\n" \
               "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    name = Column(String)\n"
#define HEAD "from sqlalchemy import select\nfrom db import *\nfrom models import User\n"
#define MADE "    u = User()\n    s.add(u)\n    await s.commit()\n"

static const char *expired(struct tree *t, const char *text)
{
        tree_file(t, "db.py", DB);
        tree_file(t, "models.py", MODELS);
        tree_file(t, "a.py", text);
        tree_analyse(t);
        return tree_text(t, "SELECT coalesce(group_concat(w, ', '), '') FROM (SELECT qualname || ' ' || callee AS w FROM code_site WHERE what = 'expired' ORDER BY line)");
}

START_TEST(expire__sessions_whose_factory_says_nothing)
{
        struct tree t = tree_new();
        ck_assert_str_eq(expired(&t, HEAD "async def a(s: AsyncSession = Depends(get_db)):\n" MADE "    return {'id': u.id}\n"
                                          "async def b(s: Dep):\n" MADE "    return u.name\n"
                                          "async def c(s: Annotated[AsyncSession, Depends(get_db)]):\n" MADE "    return f'{u.id}'\n"
                                          "async def d():\n    async with AsyncSession(engine) as s:\n        u = await s.get(User, 1)\n        await s.commit()\n    print(u.name)\n"
                                          "class R:\n    def __init__(self, s: AsyncSession):\n        self.s = s\n"
                                          "    async def e(self):\n        u = User()\n        self.s.add(u)\n        await self.s.commit()\n        return u.id\n"
                                          "async def f(s: Dep):\n    return await R(s).e()\n"),
                         "a id, b name, c id, d name, R.e id");
        tree_free(&t);
}
END_TEST

START_TEST(expire__not_where_the_factory_keeps_or_is_not_known)
{
        struct tree t = tree_new();
        ck_assert_str_eq(expired(&t, HEAD "async def a(s: AsyncSession = Depends(get_kept)):\n" MADE "    return u.id\n"
                                          "async def b(s: AsyncSession):\n" MADE "    return u.id\n"
                                          "async def c():\n    async with Of() as s:\n        u = await s.get(User, 1)\n        await s.commit()\n        return u.id\n"
                                          "async def d():\n    async with Maker(expire_on_commit=False) as s:\n        u = await s.get(User, 1)\n        await s.commit()\n        return u.id\n"),
                         "");
        tree_free(&t);
}
END_TEST

START_TEST(expire__what_may_have_loaded_the_row_again)
{
        struct tree t = tree_new();
        ck_assert_str_eq(expired(&t, HEAD "async def a(s: Dep):\n" MADE "    await s.refresh(u)\n    return u.id\n"
                                          "async def b(s: Dep):\n" MADE "    u.name = 'x'\n    return u.name\n"
                                          "async def c(s: Dep):\n" MADE "    await tell(u)\n    return u.id\n"
                                          "async def d(s: Dep, u: User):\n    await s.commit()\n    return u.id\n"
                                          "async def e(s: Dep):\n    u = User()\n    await s.commit()\n    return u.id\n"
                                          "async def f(s: Dep):\n    u = await s.get(User, 1)\n    await s.delete(u)\n    await s.commit()\n    return u.id\n"
                                          "async def g(s: Dep, x):\n    u = await s.get(User, 1)\n    if x:\n        await s.commit()\n    return u.id\n"
                                          "async def h(s: Dep):\n    u = User()\n    try:\n        s.add(u)\n        await s.commit()\n    except ValueError:\n        print(u.id)\n        raise\n    return u.id\n"),
                         "h id");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(expire__sessions_whose_factory_says_nothing, expire__not_where_the_factory_keeps_or_is_not_known, expire__what_may_have_loaded_the_row_again)
