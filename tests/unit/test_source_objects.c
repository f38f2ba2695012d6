/*
 * Calls that reach the database by way of objects: repositories of a generic base, services that hold them, methods that a base class
 * leaves to those that derive from it, functions that are passed on.
 */
#include "tests/lib/sources.h"

static const char repositories[] =
        "from typing import Generic, TypeVar\nfrom sqlalchemy.ext.asyncio import AsyncSession\nT = TypeVar('T')\n"
        "class Repository(Generic[T]):\n    def __init__(self, session: AsyncSession, model: type[T]):\n        self.session: AsyncSession = session\n        self.model = model\n"
        "    async def create(self, row: T) -> T:\n        self.session.add(row)\n        await self.session.flush()\n        return row\n"
        "class Jobs(Repository[dict]):\n    def __init__(self, session: AsyncSession):\n        super().__init__(session, dict)\n"
        "    async def queue(self, row):\n        return await super().create(row)\n"
        "class Service:\n    def __init__(self, jobs: Jobs | None = None):\n        self.jobs = jobs\n"
        "    async def start(self, order):\n        await self.jobs.create(order)\n";

#define LOOPED "SELECT group_concat(c.line || ' ' || c.what || ' ' || c.note, ', ') FROM code_site c JOIN code_site l ON l.site = c.loop WHERE c.kind = 'call' AND c.path = 'a.py'"

START_TEST(site__a_generic_base_keeps_its_methods)
{
        struct tree t = tree_new();
        tree_file(&t, "repositories.py", repositories);
        tree_file(&t, "a.py", "from repositories import Jobs, Service\n"
                              "class Work:\n    def __init__(self, jobs: Jobs, service: Service):\n        self.jobs: Jobs = jobs\n        self.service = service\n"
                              "    async def all(self, orders):\n        for order in orders:\n            await self.jobs.create(order)\n"
                              "            await self.jobs.queue(order)\n            await self.service.start(order)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, LOOPED), "8 execute through Repository.create, 9 execute through Jobs.queue, 10 execute through Service.start");
        tree_free(&t);
}
END_TEST

START_TEST(site__a_generator_gives_the_service)
{
        struct tree t = tree_new();
        tree_file(&t, "repositories.py", repositories);
        tree_file(&t, "a.py", "from repositories import Jobs, Service\n"
                              "class Consumer:\n    async def _service(self):\n        async with self.db.session() as session:\n            yield Service(Jobs(session))\n"
                              "    async def on(self, event):\n        async for service in self._service():\n            for order in event.orders:\n                await service.start(order)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, LOOPED), "9 execute through Service.start");
        tree_free(&t);
}
END_TEST

START_TEST(site__a_base_class_runs_what_derives_from_it)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from abc import ABC, abstractmethod\nfrom sqlalchemy.ext.asyncio import AsyncSession\n"
                              "class Step(ABC):\n    async def run(self, x):\n        return await self._run(x)\n    @abstractmethod\n    async def _run(self, x): ...\n"
                              "class Plain(Step):\n    async def _run(self, x):\n        return x\n"
                              "class Asking(Step):\n    def __init__(self, session: AsyncSession):\n        self.session = session\n"
                              "    async def _run(self, x):\n        return await self.session.execute('SELECT 1')\n"
                              "async def f(xs, plain: Plain, asking: Asking, step: Step):\n    for x in xs:\n        await plain.run(x)\n        await asking.run(x)\n        await step.run(x)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, LOOPED), "19 execute through Step.run");
        tree_free(&t);
}
END_TEST

START_TEST(site__what_all_implementations_do_counts)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from typing import Protocol\nimport asyncpg\n"
                              "class Users(Protocol):\n    async def one(self, x): ...\n    async def two(self, x): ...\n"
                              "class A(Users):\n    def __init__(self, pool: asyncpg.Pool):\n        self.pool = pool\n"
                              "    async def one(self, x):\n        return await self.pool.fetchrow('SELECT 1')\n    async def two(self, x):\n        return await self.pool.fetchrow('SELECT 1')\n"
                              "class B(Users):\n    def __init__(self, pool: asyncpg.Pool):\n        self.pool = pool\n"
                              "    async def one(self, x):\n        return await self.pool.fetchrow('SELECT 2')\n    async def two(self, x):\n        return self.rows[x]\n"
                              "async def f(xs, users: Users):\n    for x in xs:\n        await users.one(x)\n        await users.two(x)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, LOOPED), "22 execute through Users.one");
        tree_free(&t);
}
END_TEST

START_TEST(site__a_function_passed_to_a_wrapper_is_called)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "async def attempt(method, *args):\n    try:\n        return await method(*args)\n    except ValueError:\n        return None\n"
                              "class Prefixes:\n    @classmethod\n    async def convert(cls, ctx, name):\n        return await ctx.bot.pool_pg.fetch('SELECT 1')\n"
                              "async def f(ctx, names):\n    for name in names:\n        await attempt(Prefixes.convert, ctx, name)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, LOOPED), "12 execute through attempt");
        tree_free(&t);
}
END_TEST

START_TEST(site__a_cache_that_is_written_answers_nothing)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import asyncpg\nfrom redis.asyncio import Redis\n"
                              "class Fill:\n    def __init__(self, pool: asyncpg.Pool, redis: Redis):\n        self.pool = pool\n        self.redis = redis\n"
                              "    async def fill(self, x):\n        row = await self.pool.fetchrow('SELECT 1')\n        await self.redis.set('x', row)\n"
                              "    async def get(self, x):\n        row = await self.redis.get('x')\n        return row or await self.pool.fetchrow('SELECT 1')\n"
                              "    async def touch(self, x):\n        await self.get(x)\n        await self.pool.execute('UPDATE a SET b = 1')\n"
                              "async def f(xs, fill: Fill):\n    for x in xs:\n        await fill.fill(x)\n        await fill.get(x)\n        await fill.touch(x)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, LOOPED), "18 execute through Fill.fill, 19 cached through Fill.get, 20 execute through Fill.touch");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(site__a_generic_base_keeps_its_methods, site__a_generator_gives_the_service, site__a_base_class_runs_what_derives_from_it,
          site__what_all_implementations_do_counts, site__a_function_passed_to_a_wrapper_is_called, site__a_cache_that_is_written_answers_nothing)
