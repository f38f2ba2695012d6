#include "tests/lib/sources.h"

static const char keeper[] = "import functools\n"
                             "def remember(seconds=30, entries=500):\n    def decorate(function):\n        kept = {}\n        @functools.wraps(function)\n"
                             "        async def call(*args):\n            if args in kept:\n                return kept[args]\n"
                             "            kept[args] = answer = await function(*args)\n            return answer\n        return call\n    return decorate\n";

START_TEST(cache__a_decorator_that_keeps_results)
{
        struct tree t = tree_new();
        tree_file(&t, "keep.py", keeper);
        tree_file(&t, "a.py", "from keep import remember\n@remember(5)\ndef f(user): pass\n@remember()\ndef g(user): pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(cache || ' ' || ttl_s || ' ' || template, ', ') FROM code_cache WHERE library = 'project'"), "a:f 5.0 (user), a:g 30.0 (user)");
        tree_free(&t);
}
END_TEST

START_TEST(cache__a_decorator_that_measures_keeps_none)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "import time\nspent = {}\ndef timed(function):\n    def call(*args):\n        start = time.monotonic()\n        answer = function(*args)\n"
                              "        spent[function.__name__] = time.monotonic() - start\n        return answer\n    return call\n@timed\ndef f(user): pass\n");
        tree_analyse(&t);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_cache"), 0);
        tree_free(&t);
}
END_TEST

START_TEST(cache__a_bound_that_is_handed_on_is_decided_elsewhere)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "from cachetools import TTLCache\nfrom settings import TTL\nfrom datetime import timedelta\nfrom aiocache import cached\n"
                              "def make(size):\n    return TTLCache(size, 5)\ndef other(size):\n    return TTLCache(size, TTL)\n"
                              "@cached(ttl=timedelta(minutes=5, seconds=1))\nasync def f(x): pass\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT ttl_s || ' ' || (max_size IS NULL) || ' ' || trail FROM code_cache WHERE line = 6"), "5.0 1 ttl a.py:6");
        ck_assert_str_eq(tree_text(&t, "SELECT trail FROM code_cache WHERE line = 8"), "ttl TTL");
        ck_assert_int_eq(tree_int(&t, "SELECT ttl_s FROM code_cache WHERE library = 'aiocache'"), 301);
        tree_free(&t);
}
END_TEST

START_TEST(cache__a_dictionary_that_only_grows)
{
        struct tree t = tree_new();
        tree_file(&t, "a.py", "user_cache = {}\nkind_cache = {}\nshort_cache = {}\n"
                              "def f(user_id, load):\n    user_cache[user_id] = load(user_id)\n"
                              "def g(cls):\n    kind_cache[cls] = vars(cls)\n"
                              "def h(user_id):\n    short_cache[user_id] = 1\n    if len(short_cache) > 9:\n        short_cache.clear()\n");
        tree_analyse(&t);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(cache || ' ' || template || ' ' || context) FROM code_cache WHERE NOT bounded AND template IS NOT NULL"), "a:user_cache user_id request");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(cache__a_decorator_that_keeps_results, cache__a_decorator_that_measures_keeps_none, cache__a_bound_that_is_handed_on_is_decided_elsewhere,
          cache__a_dictionary_that_only_grows)
