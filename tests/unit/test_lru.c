#include "model/lru.h"
#include "base/num.h"
#include "tests/lib/unit.h"

#include <string.h>

/* Against an array kept in order by hand: 200,000 accesses, capacities around the number of keys. */
START_TEST(lru_access__agrees_with_a_plain_list)
{
        for (size_t capacity = 1; capacity <= 64; capacity += 21) {
                struct arena *a = arena_new();
                struct lru *c = lru_new(a, capacity, 100);
                uint64_t list[64];
                size_t n = 0;
                struct rng rng;
                rng_seed(&rng, capacity);
                for (int i = 0; i < 50000; i++) {
                        uint64_t key = rng_below(&rng, 10) * rng_below(&rng, 11);
                        size_t at = 0;
                        while (at < n && list[at] != key)
                                at++;
                        bool hit = at < n;
                        if (!hit && n < capacity)
                                n++;
                        if (!hit)
                                at = n - 1;
                        memmove(list + 1, list, at * sizeof *list);
                        list[0] = key;
                        ck_assert_int_eq(lru_access(c, key, 0, -1), hit);
                        ck_assert_uint_eq(lru_len(c), n);
                }
                arena_free(a);
        }
}
END_TEST

START_TEST(lru_access__expires)
{
        struct arena *a = arena_new();
        struct lru *c = lru_new(a, 0, 10);
        ck_assert(!lru_access(c, 1, 0, 100));
        ck_assert(lru_access(c, 1, 99, 100));
        ck_assert(!lru_access(c, 1, 100, 100)); /* reading does not prolong it */
        ck_assert(lru_access(c, 1, 199, 100));
        ck_assert(!lru_access(c, 2, 0, -1));
        ck_assert(lru_access(c, 2, INT64_MAX - 1, -1));
        arena_free(a);
}
END_TEST

UNIT_MAIN(lru_access__agrees_with_a_plain_list, lru_access__expires)
