#include "probes/redis/pattern.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <string.h>

START_TEST(key_pattern__what_varies_becomes_a_name)
{
        static const struct {
                const char *key, *pattern;
        } cases[] = {
                {"user:4711:profile", "user:{n}:profile"},
                {"user:550e8400-e29b-41d4-a716-446655440000", "user:{uuid}"},
                {"session:deadbeef01", "session:{hex}"},
                {"session:alice@example.com", "session:{s}.com"},
                {"feed", "feed"},
                {"user17", "user{n}"},
                {"a:b:c", "a:b:c"},
                {"cache|v2|42", "cache|v{n}|{n}"},
                {"t:AbCdEf0123456789xyz", "t:{s}"},
                {"naïve:1", "{s}:{n}"},
                {"", ""},
                {":::", ":::"},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char got[PATTERN_MAX];
                key_pattern(cases[i].key, strlen(cases[i].key), got);
                ck_assert_str_eq(got, cases[i].pattern);
        }
}
END_TEST

START_TEST(key_pattern__any_bytes_fit)
{
        char key[5000], got[PATTERN_MAX];
        for (int fill = 1; fill < 256; fill++) {
                memset(key, fill, sizeof key);
                for (size_t i = 0; i < sizeof key; i += 7)
                        key[i] = ':';
                key_pattern(key, sizeof key, got);
                ck_assert_uint_lt(strlen(got), PATTERN_MAX);
        }
        memset(key, 0, sizeof key);
        key_pattern(key, sizeof key, got);
        ck_assert_str_eq(got, "{s}");
}
END_TEST

static void add(struct arena *a, struct patterns *t, const char *text, int keys)
{
        pattern_find(a, t, text)->keys += keys;
}

START_TEST(pattern_settle__words_that_few_keys_share_are_not_kept)
{
        struct arena *a = arena_new();
        struct patterns t = {0};
        add(a, &t, "user:{n}:profile", 1000);
        add(a, &t, "user:{n}:likes", 500);
        add(a, &t, "secret-plan", 1);
        add(a, &t, "nick:alice", 1);
        add(a, &t, "nick:bob", 2);
        add(a, &t, "city:berlin:stats", 300);
        pattern_settle(a, &t);
        ck_assert_uint_eq(t.len, 5);
        ck_assert_int_eq(pattern_find(a, &t, "user:{n}:profile")->keys, 1000);
        ck_assert_int_eq(pattern_find(a, &t, "{s}")->keys, 1);
        ck_assert_int_eq(pattern_find(a, &t, "nick:{s}")->keys, 3);
        ck_assert_int_eq(pattern_find(a, &t, "city:berlin:stats")->keys, 300);
        arena_free(a);
}
END_TEST

START_TEST(pattern_settle__a_place_with_many_words_is_a_variable)
{
        struct arena *a = arena_new();
        struct patterns t = {0};
        for (char c = 'a'; c <= 'z'; c++)
                for (char d = 'a'; d <= 'd'; d++) {
                        char text[32];
                        snprintf(text, sizeof text, "city:%c%c:stats", c, d);
                        add(a, &t, text, 10);
                }
        pattern_settle(a, &t);
        ck_assert_uint_eq(t.len, 1);
        ck_assert_str_eq(t.items[0].text, "city:{s}:stats");
        ck_assert_int_eq(t.items[0].keys, 1040);
        arena_free(a);
}
END_TEST

START_TEST(pattern_coarse__keeps_the_first_word_only)
{
        char got[PATTERN_MAX];
        pattern_coarse("user:{n}:mail:alice", got);
        ck_assert_str_eq(got, "user:{n}:{s}:{s}");
}
END_TEST

UNIT_MAIN(key_pattern__what_varies_becomes_a_name, key_pattern__any_bytes_fit, pattern_settle__words_that_few_keys_share_are_not_kept,
          pattern_settle__a_place_with_many_words_is_a_variable, pattern_coarse__keeps_the_first_word_only)
