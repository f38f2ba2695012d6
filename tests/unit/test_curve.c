#include "cache/curve.h"
#include "base/num.h"
#include "model/lru.h"
#include "tests/lib/unit.h"

#include <string.h>

enum { REQUESTS = 300000 };

static double zipf(struct rng *rng, size_t keys)
{
        return floor(pow((double)keys + 1, rng_unit(rng) * 0.9)); /* near 1/k: some keys very often, most seldom */
}

static void make(struct cache_request *r, size_t n, size_t keys, uint64_t seed)
{
        struct rng rng;
        rng_seed(&rng, seed);
        for (size_t i = 0; i < n; i++) {
                uint64_t key = rng_below(&rng, 4) ? (uint64_t)zipf(&rng, keys) : rng_below(&rng, keys);
                r[i] = (struct cache_request){.key = key, .bytes = (uint32_t)(1 + cache_mix(key, 5) % 999), .ttl_s = -1};
        }
}

static double replayed(const struct cache_request *r, size_t n, size_t capacity)
{
        struct arena *a = arena_new();
        struct lru *c = lru_new(a, capacity, n);
        size_t hits = 0;
        for (size_t i = 0; i < n; i++)
                hits += lru_access(c, r[i].key, 0, -1);
        arena_free(a);
        return 1 - (double)hits / (double)n;
}

START_TEST(curve_miss__equals_a_replay_at_every_size_while_it_is_exact)
{
        struct cache_request *r = malloc(REQUESTS * sizeof *r);
        make(r, REQUESTS, 50000, 1);
        struct curve *c = curve_new(&(struct curve_options){0});
        for (size_t i = 0; i < REQUESTS; i += 1000)
                curve_add(c, r + i, 1000);
        for (size_t size = 1; size < 60000; size = size * 3 + 1)
                ck_assert_double_eq_tol(curve_miss(c, CURVE_OBJECTS, (double)size), replayed(r, REQUESTS, size), 1e-12);
        struct curve_point p = curve_at(c, CURVE_OBJECTS, 1000);
        ck_assert(p.lo == p.miss && p.hi == p.miss);
        ck_assert_double_eq(curve_miss(c, CURVE_OBJECTS, 0), 1);
        ck_assert(isnan(curve_miss(c, CURVE_BYTES, 100)));
        double size = curve_size_for(c, CURVE_OBJECTS, 0.4);
        ck_assert(curve_miss(c, CURVE_OBJECTS, size) <= 0.4 && curve_miss(c, CURVE_OBJECTS, size - 1) > 0.4);
        ck_assert(isnan(curve_size_for(c, CURVE_OBJECTS, 0.0001)));
        curve_free(c);
        free(r);
}
END_TEST

/* The bytes used since the last request of the same key, by a list. */
static void by_hand(const struct cache_request *r, size_t n, uint64_t size, double *ret_miss, double *ret_miss_bytes)
{
        enum { KEYS = 512 };
        uint64_t list[KEYS];
        size_t len = 0;
        double misses = 0, bytes = 0, missed = 0;
        for (size_t i = 0; i < n; i++) {
                size_t at = 0;
                uint64_t above = 0;
                for (; at < len && list[at] != r[i].key; at++)
                        above += 1 + cache_mix(list[at], 5) % 999;
                bool hit = at < len && above + r[i].bytes <= size;
                len += at == len;
                memmove(list + 1, list, at * sizeof *list);
                list[0] = r[i].key;
                bytes += r[i].bytes;
                misses += !hit;
                missed += hit ? 0 : r[i].bytes;
        }
        *ret_miss = misses / (double)n;
        *ret_miss_bytes = missed / bytes;
}

START_TEST(curve_miss__in_bytes_agrees_with_a_plain_list)
{
        enum { N = 40000 };
        struct cache_request *r = malloc(N * sizeof *r);
        make(r, N, 400, 2);
        struct curve *c = curve_new(&(struct curve_options){.sizes = true});
        curve_add(c, r, N);
        for (uint64_t size = 500; size < 300000; size = size * 2 + 77) {
                double miss, miss_bytes;
                by_hand(r, N, size, &miss, &miss_bytes);
                ck_assert_double_eq_tol(curve_miss(c, CURVE_BYTES, (double)size), miss, 3e-4); /* distances in steps of 1/2048 */
                ck_assert_double_eq_tol(curve_miss(c, CURVE_BYTES_READ, (double)size), miss_bytes, 3e-4);
        }
        curve_free(c);
        free(r);
}
END_TEST

START_TEST(curve_miss__sampled_stays_near_and_within_its_interval)
{
        enum { N = 2000000, KEYS = 400000, SEEDS = 5 };
        struct cache_request *r = malloc(N * sizeof *r);
        make(r, N, KEYS, 3);
        struct curve *whole = curve_new(&(struct curve_options){.memory_bytes = 256 << 20, .sizes = true});
        curve_add(whole, r, N);
        struct curve_totals all;
        curve_totals(whole, &all);
        int inside = 0, points = 0;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
                struct curve *c = curve_new(&(struct curve_options){.memory_bytes = 2 << 20, .seed = seed, .sizes = true});
                struct curve_totals t;
                curve_add(c, r, N);
                curve_totals(c, &t);
                ck_assert_double_lt(t.sampled_frac, 0.2);
                ck_assert_double_eq_tol(t.keys, all.keys, all.keys * 0.03);
                for (enum curve_axis axis = 0; axis < CURVE_AXIS_COUNT; axis++)
                        for (double size = axis ? 500 * 500 : 500; size < KEYS * (axis ? 500 : 1); size *= 1.7) {
                                struct curve_point p = curve_at(c, axis, size);
                                double is = curve_miss(whole, axis, size);
                                ck_assert_double_eq_tol(p.miss, is, 0.01);
                                inside += p.lo - 5e-4 <= is && is <= p.hi + 5e-4;
                                points++;
                        }
                curve_free(c);
        }
        ck_assert_int_ge(inside, points * 8 / 10);
        curve_free(whole);
        free(r);
}
END_TEST

START_TEST(curve_add__writes_touch_and_deletions_remove)
{
        struct curve *c = curve_new(&(struct curve_options){0});
        const struct cache_request r[] = {{.key = 1}, {.key = 2, .op = CACHE_SET}, {.key = 2}, {.key = 1}, {.key = 1, .op = CACHE_DELETE}, {.key = 1},
                                          {.key = 9, .op = CACHE_DELETE}};
        curve_add(c, r, sizeof r / sizeof *r);
        ck_assert_double_eq_tol(curve_miss(c, CURVE_OBJECTS, 1), 0.75, 1e-12); /* of four reads */
        ck_assert_double_eq_tol(curve_miss(c, CURVE_OBJECTS, 2), 0.5, 1e-12);
        struct curve_totals t;
        curve_totals(c, &t);
        ck_assert_double_eq(t.requests, 4);
        curve_free(c);
}
END_TEST

START_TEST(curve_miss__of_nothing_is_unknown)
{
        struct curve *c = curve_new(&(struct curve_options){0});
        ck_assert(isnan(curve_miss(c, CURVE_OBJECTS, 10)));
        ck_assert(isnan(curve_reach(c, CURVE_OBJECTS)));
        curve_free(c);
}
END_TEST

UNIT_MAIN(curve_miss__equals_a_replay_at_every_size_while_it_is_exact, curve_miss__in_bytes_agrees_with_a_plain_list,
          curve_miss__sampled_stays_near_and_within_its_interval, curve_add__writes_touch_and_deletions_remove, curve_miss__of_nothing_is_unknown)
