/* Commands to Redis by name, in helpers and in pairs. */
#include "tests/lib/sources.h"

#define CLIENT "import redis.asyncio as redis\nr = redis.from_url('redis://cache/0')\n"

static const char *pairs(const char *body)
{
        static char found[200];
        struct tree t = tree_new();
        char text[2000];
        snprintf(text, sizeof text, CLIENT "%s", body);
        tree_file(&t, "a.py", text);
        tree_analyse(&t);
        snprintf(found, sizeof found, "%s", tree_text(&t, "SELECT group_concat(line || ' ' || args || ': ' || note, '; ') FROM code_site WHERE kind = 'pair'"));
        tree_free(&t);
        return found;
}

START_TEST(redis__a_command_by_its_name_is_the_command)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", CLIENT "async def f(k):\n    await r.execute_command('TTL', k)\n    await r.execute_command('SET', k, 1)\n"
                                     "    await r.execute_command('SET', k, 1, 'EX', 5)\n    await r.execute_command('MODULE LIST')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(what || args || coalesce(note, ''), ' ') FROM code_site WHERE kind = 'call' AND receiver = 'r'"),
                         "redis_get(k) redis_set(k, 1)no ttl redis_set(k, 1, 'EX', 5)expires redis_command('MODULE LIST')");
        tree_free(&t);
}
END_TEST

START_TEST(redis_pairs__told_at_the_second)
{
        ck_assert_str_eq(pairs("async def f(k):\n    await r.lpush(k, 1)\n    await r.ltrim(k, 0, 9)\n"), "5 LPUSH in line 4: one trip of a pipeline");
        ck_assert_str_eq(pairs("async def f(a, b):\n    x = await r.get(a)\n    y = await r.get(b)\n    return x, y\n"), "5 GET in line 4: one MGET");
        ck_assert_str_eq(pairs("async def f(a):\n    x = await r.get(a)\n    await r.delete(a)\n    return x\n"), "5 GET in line 4: one GETDEL");
        ck_assert_str_eq(pairs("async def f(a):\n    await r.delete(a)\n    await r.delete('b')\n    await r.delete('c')\n"), "5 2 more from line 4 on: one DEL of all keys");
        ck_assert_str_eq(pairs("async def f(a):\n    n = await r.ttl(a)\n    if n < 0:\n        return None\n    return await r.get(a)\n"), "7 TTL in line 4: one trip of a pipeline");
        ck_assert_str_eq(pairs("async def f(a):\n    if not await r.exists(a):\n        await r.set(a, 1, ex=9)\n"), "5 EXISTS in line 4: one SET with nx=True");
        ck_assert_str_eq(pairs("async def f(a):\n    if await r.setnx(a, 1):\n        await r.expire(a, 9)\n"), "5 SETNX in line 4: one SET with nx=True and ex=");
}
END_TEST

START_TEST(redis_pairs__what_depends_or_waits_is_none)
{
        ck_assert_str_eq(pairs("async def f(a):\n    x = await r.get(a)\n    return await r.get(x)\n"), "");
        ck_assert_str_eq(pairs("async def f(a):\n    x = await r.get(a)\n    k = x + '!'\n    return await r.get(k)\n"), "");
        ck_assert_str_eq(pairs("async def f(a, b):\n    x = await r.get(a)\n    if x:\n        return x\n    return await r.get(b)\n"), "");
        ck_assert_str_eq(pairs("async def f(a, g):\n    await r.get(a)\n    await g()\n    await r.ttl(a)\n"), "");
        ck_assert_str_eq(pairs("async def f(a, o):\n    await r.get(a)\n    await o.ttl(a)\n"), "");
        ck_assert_str_eq(pairs("async def f(a, x):\n    await r.get(a)\n    if x:\n        await r.ttl(a)\n"), "");
        ck_assert_str_eq(pairs("async def f(a, x):\n    return await r.get(a) if x else await r.ttl(a)\n"), "");
        ck_assert_str_eq(pairs("async def f(a):\n    async with r.pipeline() as p:\n        p.get(a)\n        p.ttl(a)\n        await p.execute()\n"), "");
        ck_assert_str_eq(pairs("async def f(a):\n    await r.incr(a)\nasync def g(a):\n    await r.get(a)\n"), "");
}
END_TEST

/* What a fix would insert for the pair in this body. */
static const char *piped(const char *body)
{
        static char found[200];
        struct tree t = tree_new();
        char text[2000];
        snprintf(text, sizeof text, CLIENT "async def f(k, v, g):\n    %s", body);
        tree_file(&t, "a.py", text);
        tree_analyse(&t);
        snprintf(found, sizeof found, "%s", tree_text(&t, "SELECT coalesce(group_concat(coalesce(bound, '') || ' ' || client || piped, '; '), '') FROM code_argument WHERE piped_call IS NOT NULL"));
        tree_free(&t);
        return found;
}

START_TEST(redis_piped__what_is_certain)
{
        ck_assert_str_eq(piped("n = await r.incr(k)\n    await r.expire(k, 60)\n"), "n r.expire(k, 60)");
        ck_assert_str_eq(piped("await r.zadd(k, {v: 1})\n    await r.zremrangebyrank(k, 0, -(9 + 1))\n"), " r.zremrangebyrank(k, 0, -(9 + 1))");
        ck_assert_str_eq(piped("await r.incr(k)\n    await r.expire(k, g())\n"), "");
        ck_assert_str_eq(piped("await r.incr(f'{g()}')\n    await r.expire(k, 1)\n"), "");
        ck_assert_str_eq(piped("await r.incr(k)\n    await v.expire(k, 1)\n"), "");
        ck_assert_str_eq(piped("await r.incr(k)\n    r.expire(k, 1)\n"), "");
        ck_assert_str_eq(piped("n = await r.incr(k)\n    await r.expire(k, n)\n"), "");
        ck_assert_str_eq(piped("n = await r.incr(k)\n    await r.expire(k, 9)\n    _ = n\n"), "");
        ck_assert_str_eq(piped("await g().incr(k)\n    await g().expire(k, 9)\n"), "");
        ck_assert_str_eq(piped("if v: await r.incr(k)\n    await r.expire(k, 9)\n"), "");
        ck_assert_str_eq(piped("v, n = await r.get(k)\n    await r.expire(k, 9)\n"), "");
}
END_TEST

START_TEST(redis__a_helper_that_sends_one_command)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", CLIENT "class C:\n    def one(self, k):\n        return r.get('c:' + k)\n    def many(self, k):\n        r.get(k)\n        return r.ttl(k)\n"
                                     "c = C()\ndef f(ks):\n    for k in ks:\n        c.one(k)\n        c.many(k)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(what || ' ' || note, ', ') FROM code_site WHERE kind = 'call' AND loop IS NOT NULL"),
                         "redis_helper through C.one, redis_get through C.many");
        tree_free(&t);
}
END_TEST

START_TEST(eval__what_a_thread_is_told_to_call)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import asyncio\nimport redis\ndef make():\n    return redis.Redis()\nasync def f(loop):\n    a = await asyncio.to_thread(make)\n    a.get('x')\n"
                              "    b = await asyncio.get_running_loop().run_in_executor(None, redis.Redis, 'cache')\n    b.get('x')\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || callee, ' ') FROM code_site WHERE kind = 'call' AND what = 'redis_get'"), "7redis.Redis.get 9redis.Redis.get");
        tree_free(&t);
}
END_TEST

START_TEST(redis__keys_that_grow)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", CLIENT "K = 'seen'\nasync def f(u):\n    await r.sadd(K, u)\n    await r.hset('totals', 'users', u)\n    await r.hset('totals', u, 1)\n"
                                     "    await r.lrange('log', 0, -1)\n    await r.lrange('log', 0, 9)\n    await r.smembers(K)\n    await r.smembers(f'{K}:{u}')\n    await r.ltrim('log', 0, 9)\n"
                                     "    await r.hset('totals', mapping=u)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || note, ', ') FROM code_site WHERE kind = 'call' AND note IS NOT NULL"),
                         "5 adds to seen, 7 adds to totals, 8 all of log, 10 all of seen, 12 cuts log");
        tree_free(&t);
}
END_TEST

START_TEST(redis__a_receiver_by_its_name)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "async def f(self, redis, other, k):\n    await redis.ttl(k)\n    await self.redis.execute_command('HGET', k, 'a')\n    await other.ttl(k)\n    await redis.thing(k)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || ' ' || what || ' ' || callee, ', ') FROM code_site WHERE kind = 'call'"),
                         "2 redis_get any.Redis.ttl, 3 redis_get any.Redis.hget");
        tree_free(&t);
}
END_TEST

START_TEST(pools__caches_of_django)
{
        struct tree t = tree_new();
        tree_file(&t, "settings.py", "CACHES = {\n 'default': {'BACKEND': 'django_redis.cache.RedisCache', 'LOCATION': 'redis://c/1',\n"
                                     "  'OPTIONS': {'SOCKET_TIMEOUT': 5, 'CONNECTION_POOL_KWARGS': {'max_connections': 50}}},\n"
                                     " 'own': {'BACKEND': 'django.core.cache.backends.redis.RedisCache', 'LOCATION': 'redis://c/2'},\n"
                                     " 'memory': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(pool || ' ' || coalesce(size, '-'), ', ') FROM code_pool"), "settings:CACHES.default 50, settings:CACHES.own -");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(value, ' ') FROM code_value WHERE pool LIKE '%default' AND decided_by <> 'default'"), "50 5");
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(tier, ' ') FROM code_cache"), "redis redis memory");
        tree_free(&t);
}
END_TEST

START_TEST(context__what_is_passed_on_runs_again)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import time\nasync def send():\n    time.sleep(1)\nasync def load():\n    time.sleep(1)\nasync def main():\n    await send()\n    await load()\n"
                              "async def page(background_tasks):\n    background_tasks.add_task(send)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || context, ' ') FROM code_site WHERE what = 'sleep' AND callee = 'time.sleep'"), "3request 5startup");
        tree_free(&t);
}
END_TEST

START_TEST(context__a_search_that_ends_does_not_loop_for_ever)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import asyncio, time\nclass Main:\n    async def launch(self, names):\n        time.sleep(1)\n        name = ''\n        while name == '':\n            name = names.pop()\n"
                              "    async def serve(self):\n        time.sleep(1)\n        while True:\n            await asyncio.sleep(1)\n"
                              "if __name__ == '__main__':\n    with asyncio.Runner() as runner:\n        runner.run(Main().launch([]))\n        runner.run(Main().serve())\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(line || context, ' ') FROM code_site WHERE callee = 'time.sleep'"), "4startup 9request");
        tree_free(&t);
}
END_TEST

START_TEST(effects__a_value_kept_by_lru_cache_is_no_cache_of_its_caller)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from functools import lru_cache\nfrom sqlalchemy.orm import Session\n@lru_cache\ndef secret():\n    return Session().execute('SELECT 1')\n"
                              "def admin(db: Session):\n    secret()\n    return db.execute('SELECT 2')\nasync def page(db: Session):\n    return admin(db)\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT what || blocking FROM code_site WHERE line = 10"), "execute1");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(context__a_search_that_ends_does_not_loop_for_ever, redis__keys_that_grow, redis__a_receiver_by_its_name, pools__caches_of_django, context__what_is_passed_on_runs_again,
          effects__a_value_kept_by_lru_cache_is_no_cache_of_its_caller, redis__a_command_by_its_name_is_the_command, redis_pairs__told_at_the_second, redis_pairs__what_depends_or_waits_is_none, redis_piped__what_is_certain,
      redis__a_helper_that_sends_one_command, eval__what_a_thread_is_told_to_call)
