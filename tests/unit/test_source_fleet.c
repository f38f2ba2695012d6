/* What the probe finds in the example fleet, which was written as code, not for this test. Run from the top of the tree. */
#include "tests/lib/sources.h"

#define FLEET "examples/bots"

static struct tree fleet(void)
{
        struct tree t = {.arena = arena_new()};
        tree_analyse_at(&t, FLEET);
        return t;
}

START_TEST(fleet__every_database_pool_with_its_size)
{
        struct tree t = fleet();
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(pool, ' ') FROM (SELECT pool FROM code_pool WHERE library <> 'redis' ORDER BY pool)"),
                         "bots.chat:main.pool bots.coordinator:main.pool bots.digest:engine bots.moderation:engine "
                         "bots.moderation:export.export_engine bots.profiles:engine bots.swipe:main.pool");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE library <> 'redis' AND size IS NULL"), 0);
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_pool WHERE library <> 'redis' AND behind_pooler IS NULL"), 0);
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(pool, ' ') FROM (SELECT pool FROM code_pool WHERE behind_pooler = 1 ORDER BY pool)"), "bots.chat:main.pool bots.swipe:main.pool");
        tree_free(&t);
}
END_TEST

START_TEST(fleet__the_literal_that_decides)
{
        struct tree t = fleet();
        static const struct {
                const char *pool, *path, *by;
        } cases[] = {
                {"bots.chat:main.pool", "config/chat.yaml", "yaml"},        {"bots.swipe:main.pool", ".env", "env_file"},
                {"bots.digest:engine", "settings.py", "constant"},          {"bots.moderation:engine", "settings.py", "constant"},
                {"bots.profiles:engine", "settings.py", "constant"},        {"bots.coordinator:main.pool", "bots/coordinator.py", "default"},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char *sql = arena_printf(t.arena, "SELECT path || ' ' || decided_by || ' ' || resolved FROM code_value WHERE knob = 'size' AND pool = '%s'", cases[i].pool);
                ck_assert_str_eq(tree_text(&t, sql), arena_printf(t.arena, "%s %s 1", cases[i].path, cases[i].by));
        }
        ck_assert_int_ge(tree_check_ranges(&t, FLEET), 30);
        tree_free(&t);
}
END_TEST

START_TEST(fleet__programs_reach_their_pools)
{
        struct tree t = fleet();
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_program WHERE entry_path IS NOT NULL AND processes = 1"), 6);
        ck_assert_str_eq(tree_text(&t, "SELECT programs FROM code_pool WHERE pool = 'bots.digest:engine'"), "[\"digest\"]");
        ck_assert_str_eq(tree_text(&t, "SELECT application_name FROM code_pool WHERE pool = 'bots.digest:engine'"), "digest");
        tree_free(&t);
}
END_TEST

START_TEST(fleet__statements_with_their_lines)
{
        struct tree t = fleet();
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_statement WHERE path LIKE 'bots/%' AND origin = 'text' AND (family OR site IS NULL)"), 0);
        ck_assert_int_ge(tree_int(&t, "SELECT count(*) FROM code_statement WHERE path LIKE 'bots/%'"), 18);
        ck_assert_int_eq(tree_int(&t, "SELECT count(DISTINCT fingerprint) FROM code_statement WHERE qualname LIKE '%load_profile'"), 1); /* one statement, four bots */
        tree_free(&t);
}
END_TEST

START_TEST(fleet__habits)
{
        struct tree t = fleet();
        ck_assert_str_eq(tree_text(&t, "SELECT group_concat(c.qualname, ' ') FROM (SELECT * FROM code_site WHERE kind = 'call' AND what = 'execute' ORDER BY path, line) c "
                                       "JOIN code_site l ON l.site = c.loop WHERE l.what = 'for_rows'"),
                         "Chat.inbox digest");
        ck_assert_int_ge(tree_int(&t, "SELECT count(*) FROM code_site WHERE kind = 'await' AND what IN ('sleep', 'future') AND holding IS NOT NULL"), 2);
        ck_assert_str_eq(tree_text(&t, "SELECT scope FROM code_pool WHERE pool = 'bots.moderation:export.export_engine'"), "function");
        ck_assert_int_eq(tree_int(&t, "SELECT count(*) FROM code_site WHERE what = 'redis_set' AND note = 'no ttl' AND path = 'hearts/cache.py'"), 2);
        ck_assert_str_eq(tree_text(&t, "SELECT max_size || ' ' || bounded FROM code_cache WHERE cache = 'hearts.cache:MemoryTier'"), "2000 1");
        tree_free(&t);
}
END_TEST

UNIT_MAIN(fleet__every_database_pool_with_its_size, fleet__the_literal_that_decides, fleet__programs_reach_their_pools,
          fleet__statements_with_their_lines, fleet__habits)
