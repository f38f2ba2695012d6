/* Arenas: scopes give back what was allocated in them, text is whole wherever it lies in a block. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <string.h>

START_TEST(arena_enter__gives_back_and_keeps_what_is_outside)
{
        struct arena *a = arena_new();
        char *outside = arena_strdup(a, "outside"), *first = NULL;
        for (int round = 0; round < 100; round++) {
                CLEANUP(arena_leave) struct arena_scope scope = arena_enter(a);
                char *p = arena_alloc(a, 50000);
                size_t zero = 0;
                while (zero < 50000 && !p[zero])
                        zero++;
                ck_assert_uint_eq(zero, 50000);
                memset(p, 0xdd, 50000);
                memset(arena_alloc(a, 200000), 0xdd, 200000); /* larger than a block */
                if (round > 1 && first)
                        ck_assert_ptr_eq(p, first);
                first = p;
        }
        ck_assert_str_eq(outside, "outside");
        ck_assert_str_eq(arena_strdup(a, "after"), "after");
        arena_free(a);
}
END_TEST

START_TEST(arena_enter__nests)
{
        struct arena *a = arena_new();
        {
                CLEANUP(arena_leave) struct arena_scope outer = arena_enter(a);
                char *kept = arena_strdup(a, "kept");
                {
                        CLEANUP(arena_leave) struct arena_scope inner = arena_enter(a);
                        memset(arena_alloc(a, 300000), 0xdd, 300000);
                }
                memset(arena_alloc(a, 64), 0xdd, 64);
                ck_assert_str_eq(kept, "kept");
        }
        arena_free(a);
}
END_TEST

START_TEST(arena_printf__at_every_place_of_a_block)
{
        struct arena *a = arena_new();
        char expected[400];
        for (int i = 0; i < 3000; i++) {
                int n = i % 300;
                memset(expected, 'a' + i % 26, (size_t)n);
                expected[n] = '\0';
                char *s = arena_printf(a, "%s", expected), *next = arena_alloc(a, 16);
                ck_assert_str_eq(s, expected);
                ck_assert_str_eq(s, expected);
                memset(next, 0xdd, 16);
                ck_assert_str_eq(s, expected);
        }
        arena_free(a);
}
END_TEST

UNIT_MAIN(arena_enter__gives_back_and_keeps_what_is_outside, arena_enter__nests, arena_printf__at_every_place_of_a_block)
