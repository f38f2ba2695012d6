#include "tests/lib/sources.h"

static const char *settings(struct tree *t)
{
        return tree_text(t, "SELECT group_concat(name || coalesce('=' || value, ''), ' ') FROM (SELECT * FROM code_setting ORDER BY path, line, name)");
}

START_TEST(celery__by_call_update_and_assignment)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from celery import Celery\nfrom datetime import timedelta\n"
                              "app = Celery('x', broker='redis://:secret@queue/0')\n"
                              "app.conf.update(task_acks_late=True, broker_transport_options={'visibility_timeout': 600})\n"
                              "app.conf.result_expires = timedelta(hours=1)\n"
                              "@app.task(time_limit=30)\ndef f(): pass\ndef g():\n    f.apply_async(countdown=90)\n");
        tree_analyse(&t);
        ck_assert_str_eq(settings(&t), "app broker_url=redis broker_transport_options task_acks_late=True visibility_timeout=600 result_expires=3600 task task.time_limit=30 task.countdown=90");
        tree_free(&t);
}
END_TEST

START_TEST(celery__settings_modules_old_and_new)
{
        struct tree t = tree_new();
        tree_file(&t, "django.py", "import os\nCELERYD_PREFETCH_MULTIPLIER = 1\nCELERY_TASK_ACKS_LATE = True\nCELERY_RESULT_EXPIRES = None\nCELERY_TASK_TIME_LIMIT = int(os.environ['X'])\n");
        tree_file(&t, "other.py", "task_time_limit = 5\n");
        tree_analyse(&t);
        ck_assert_str_eq(settings(&t), "worker_prefetch_multiplier=1 task_acks_late=True result_expires=None task_time_limit");
        tree_free(&t);
}
END_TEST

START_TEST(loop__the_pool_of_the_coroutine_that_is_run)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import asyncio\nfrom sqlalchemy.ext.asyncio import create_async_engine\nengine = create_async_engine('postgresql+asyncpg://db/x')\n"
                              "async def f():\n    async with engine.connect() as c:\n        await c.scalar('SELECT 1')\n"
                              "def g():\n    asyncio.run(f())\nasync def h(rows):\n    await asyncio.gather(*[f() for r in rows])\n    await asyncio.gather(*[f() for r in (1, 2)])\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT pool FROM code_site WHERE what = 'run'"), "a:engine");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || note) FROM code_site WHERE what = 'gather' AND note IS NOT NULL"), "10 wide through f");
        tree_free(&t);
}
END_TEST

START_TEST(blocking__through_helpers_as_far_as_it_matters)
{
        struct tree t = tree_new();
        tree_file(&t, "help.py", "import json, shutil, requests\ndef read(p):\n    with open(p) as f:\n        return f.read()\n"
                                 "def parse(p):\n    with open(p) as f:\n        return json.load(f)\n"
                                 "def one():\n    return requests.get('https://x', timeout=1)\ndef two():\n    return one()\ndef three():\n    return two()\n"
                                 "def wipe(p):\n    shutil.rmtree(p)\ndef near(p):\n    wipe(p)\ndef far(p):\n    near(p)\n");
        tree_file(&t, "a.py", "from help import read, parse, three, wipe, near, far\nasync def f(p):\n    read(p)\n    parse(p)\n    three()\n    wipe(p)\n    near(p)\n    far(p)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line, ' ') FROM code_site WHERE blocking AND path = 'a.py'"), "4 5 6 7");
        ck_assert_str_eq(tree_text(&t, "SELECT note FROM code_site WHERE line = 5 AND path = 'a.py' AND kind = 'call'"), "through three: requests.get");
        tree_free(&t);
}
END_TEST

START_TEST(redis__by_sentinel_cluster_and_the_old_aioredis)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from redis.sentinel import Sentinel\nfrom redis.asyncio.sentinel import Sentinel as Async\nfrom redis.cluster import RedisCluster\nimport aioredis\n"
                              "s = Sentinel([('h', 1)], socket_timeout=2)\nmaster = s.master_for('m', max_connections=7)\nother = Async([('h', 1)]).slave_for('m')\n"
                              "c = RedisCluster.from_url('redis://h')\ndef f(k):\n    master.get(k)\n    c.get(k)\nasync def g(k, hidden):\n    await other.get(k)\n"
                              "async def startup():\n    global p\n    p = await aioredis.create_redis_pool('redis://h', maxsize=20)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(callee, ' ') FROM code_site WHERE what = 'redis_get'"), "redis.Redis.get redis.Redis.get redis.asyncio.Redis.get");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(pool || ' ' || knob || ' ' || value, '; ') FROM (SELECT * FROM code_value WHERE value IS NOT NULL AND decided_by <> 'default' ORDER BY pool, knob)"),
                         "a:master size 7; a:master socket_timeout 2; a:startup.p size 20");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE library = 'redis'"), 4);
        tree_free(&t);
}
END_TEST

START_TEST(versions__of_redis_wherever_they_are_told)
{
        struct tree t = tree_new();
        tree_file(&t, "a/requirements-dev.txt", "-r base.txt\nredis-py-cluster==2.1\nredis[hiredis] == 5.0.1 ; python_version > '3' # why\n");
        tree_file(&t, "b/pyproject.toml", "[project]\ndependencies = [\"redis>=6.2,<7\", \"redisvl>=1\"]\n");
        tree_file(&t, "c/pyproject.toml", "[tool.poetry.dependencies]\nredis = {version = \"^4.5\", extras = [\"hiredis\"]}\n");
        tree_file(&t, "d/poetry.lock", "[[package]]\nname = \"other\"\nversion = \"1.0\"\n[[package]]\nname = \"redis\"\nversion = \"8.0.0\"\n");
        tree_file(&t, "e/Pipfile.lock", "{\"default\": {\"redis\": {\"version\": \"==7.1\"}}}");
        tree_file(&t, "f/requirements.txt", "redis<6\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(path || ' ' || value, ', ') FROM (SELECT * FROM code_setting WHERE system = 'python' AND name = 'redis' ORDER BY path)"),
                         "a/requirements-dev.txt 5.0.1, b/pyproject.toml 6.2, c/pyproject.toml 4.5, d/poetry.lock 8.0.0, e/Pipfile.lock 7.1");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(celery__by_call_update_and_assignment, celery__settings_modules_old_and_new, loop__the_pool_of_the_coroutine_that_is_run, blocking__through_helpers_as_far_as_it_matters,
          redis__by_sentinel_cluster_and_the_old_aioredis, versions__of_redis_wherever_they_are_told)
