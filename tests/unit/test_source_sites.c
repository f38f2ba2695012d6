#include "tests/lib/sources.h"

START_TEST(site__a_helper_that_queries_counts_in_a_loop)
{
        struct tree t = tree_new();
        tree_file(&t, "repo.py", "from sqlalchemy.ext.asyncio import AsyncSession\n"
                                 "class Repo:\n    @staticmethod\n    async def one(key, session: AsyncSession):\n        return await session.execute('SELECT 1')\n");
        tree_file(&t, "view.py", "from repo import Repo\nasync def view(session, keys):\n    for key in keys:\n        await Repo.one(key, session)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT c.what || ' ' || c.note || ' ' || l.what FROM code_site c JOIN code_site l ON l.site = c.loop WHERE c.path = 'view.py'"),
                         "execute through Repo.one for");
        tree_free(&t);
}
END_TEST

START_TEST(site__holding_begins_and_ends)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import asyncio\nfrom sqlalchemy.ext.asyncio import create_async_engine, async_sessionmaker\n"
                              "Session = async_sessionmaker(create_async_engine('postgresql+asyncpg://db/x'))\n"
                              "async def f():\n    async with Session() as s:\n        await asyncio.sleep(1)\n        await s.execute('SELECT 1')\n"
                              "        await asyncio.sleep(2)\n        await s.commit()\n        await asyncio.sleep(3)\n    await asyncio.sleep(4)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(args || (holding IS NOT NULL), ' ') FROM code_site WHERE kind = 'call' AND what = 'sleep'"), "(1)0 (2)1 (3)0 (4)0");
        tree_free(&t);
}
END_TEST

START_TEST(site__what_is_awaited_does_not_block)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import time\nfrom sqlalchemy.orm import Session\nfrom sqlalchemy.ext.asyncio import AsyncSession\n"
                              "async def f(one: Session | AsyncSession, two: Session):\n    await one.execute('SELECT 1')\n    two.execute('SELECT 1')\n    time.sleep(1)\n"
                              "def g():\n    time.sleep(1)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line, ' ') FROM code_site WHERE blocking AND kind = 'call'"), "6 7");
        tree_free(&t);
}
END_TEST

START_TEST(statement__followed_to_its_text)
{
        struct tree t = tree_new();
        tree_file(&t, "names.py", "COLUMNS = 'id, name'\n");
        tree_file(&t, "a.py", "import psycopg2\nfrom names import COLUMNS\n"
                              "def f(table, name):\n    cursor = psycopg2.connect('dbname=x').cursor()\n    query = f'SELECT {COLUMNS} FROM users WHERE name = %s'\n"
                              "    cursor.execute(query, (name,))\n    cursor.execute(f'SELECT id FROM {table}')\n    cursor.execute('select a ' 'from b')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT sql || tables || family || line FROM code_statement WHERE line = 5"), "SELECT id, name FROM users WHERE name = $1[\"users\"]05");
        ck_assert_str_eq(tree_text(&t, "SELECT family || holes FROM code_statement WHERE line = 7"), "1identifier");
        ck_assert_int_eq(tree_int(&t, "SELECT count(DISTINCT fingerprint) FROM code_statement"), 3);
        ck_assert_int_eq(tree_int(&t, "SELECT s.line FROM code_statement q JOIN code_site s USING (site) WHERE q.line = 5"), 6);
        tree_free(&t);
}
END_TEST

START_TEST(site__a_receiver_without_letters)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "def f(_, __):\n    _.execute('SELECT 1')\n    __.fetch('SELECT 1')\n    _()()[0].commit()\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_site WHERE kind = 'call'"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(program__entry_processes_and_modules)
{
        struct tree t = tree_new();
        tree_file(&t, "supervisord.conf", "[program:bot]\ncommand=/usr/bin/python3 -m app.bot --fast ; comment\nnumprocs=3\n[program:web]\ncommand=gunicorn -w 4 app.web:app\n");
        tree_file(&t, "app/__init__.py", "");
        tree_file(&t, "app/bot.py", "from . import db\n");
        tree_file(&t, "app/web.py", "app = None\n");
        tree_file(&t, "app/db.py", "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/x')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT processes || entry_path || modules FROM code_program WHERE program = 'bot'"), "3app/bot.py[\"app.bot\",\"app\",\"app.db\"]");
        ck_assert_str_eq(tree_text(&t, "SELECT processes || entry_path FROM code_program WHERE program = 'web'"), "4app/web.py");
        ck_assert_str_eq(tree_text(&t, "SELECT programs FROM code_pool"), "[\"bot\"]");
        ck_assert_int_eq(tree_int(&t, "SELECT processes FROM fact_code_pool"), 3);
        tree_free(&t);
}
END_TEST

START_TEST(cache__kinds)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from functools import lru_cache, cache\nfrom cachetools import TTLCache\n"
                              "seen = TTLCache(maxsize=100, ttl=5)\n_cache = {}\n"
                              "@lru_cache(maxsize=64)\ndef f(x): pass\n@lru_cache(None)\ndef g(x): pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT max_size || ' ' || ttl_s || ' ' || bounded FROM code_cache WHERE library = 'cachetools'"), "100 5.0 1");
        ck_assert_str_eq(tree_text(&t, "SELECT max_size || ' ' || bounded FROM code_cache WHERE cache = 'a:f'"), "64 1");
        ck_assert_int_eq(tree_int(&t, "SELECT bounded FROM code_cache WHERE cache = 'a:g'"), 0);
        ck_assert_int_eq(tree_int(&t, "SELECT bounded FROM code_cache WHERE library = 'dict'"), 0);
        tree_free(&t);
}
END_TEST

UNIT_MAIN(site__a_receiver_without_letters, site__a_helper_that_queries_counts_in_a_loop, site__holding_begins_and_ends, site__what_is_awaited_does_not_block, statement__followed_to_its_text,
          program__entry_processes_and_modules, cache__kinds)
