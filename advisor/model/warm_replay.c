#include "model/warm_replay.h"
#include "model/lru.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ── Ranking ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static uint64_t mix(uint64_t k)
{
        k ^= k >> 31;
        k *= UINT64_C(0x9e3779b97f4a7c15);
        return k ^ k >> 29;
}

/* Counts by key in an open-addressing table of positions + 1. */
static size_t count_keys(struct arena *a, const struct fact_access *r, size_t n, struct warm_key *keys)
{
        size_t size = 16, len = 0;
        while (size < 2 * n)
                size *= 2;
        uint32_t *table = arena_alloc(a, size * sizeof *table);
        for (size_t i = 0; i < n; i++) {
                size_t at = mix(r[i].key) & (size - 1);
                while (table[at] && keys[table[at] - 1].key != r[i].key)
                        at = (at + 1) & (size - 1);
                if (!table[at]) {
                        keys[len] = (struct warm_key){.key = r[i].key, .template_ = r[i].template_, .ttl_s = -1};
                        table[at] = (uint32_t)++len;
                }
                struct warm_key *k = &keys[table[at] - 1];
                k->count++;
                k->last = (uint32_t)i;
                k->ttl_s = r[i].tier == 1 ? r[i].ttl_s : k->ttl_s; /* the memory tier's own expiry is no matter here */
                k->bytes = r[i].bytes ? r[i].bytes : k->bytes;
        }
        return len;
}

/* Mean load time of each template. */
enum { TEMPLATES_MAX = 256 };
struct loads {
        size_t len;
        struct {
                const char *template_;
                double us, n;
        } of[TEMPLATES_MAX];
};

static void measure_loads(const struct fact_access *r, size_t n, struct loads *t)
{
        t->len = 0;
        for (size_t i = 0; i < n; i++) {
                size_t k = 0;
                while (k < t->len && t->of[k].template_ != r[i].template_)
                        k++;
                if (k == t->len && t->len < TEMPLATES_MAX)
                        t->of[t->len++] = (typeof(t->of[0])){r[i].template_, 0, 0};
                if (k < t->len && r[i].load_us) {
                        t->of[k].us += r[i].load_us;
                        t->of[k].n++;
                }
        }
}

/* Without any measured, 1 us: then only counts decide. */
static double load_of(const struct loads *t, const char *template_)
{
        for (size_t k = 0; k < t->len; k++)
                if (t->of[k].template_ == template_ && t->of[k].n > 0)
                        return t->of[k].us / t->of[k].n;
        return 1;
}

static void set_loads(const struct fact_access *r, size_t n, struct warm_key *keys, size_t n_keys)
{
        struct loads t;
        measure_loads(r, n, &t);
        for (size_t i = 0; i < n_keys; i++)
                keys[i].load_us = load_of(&t, keys[i].template_);
}

void warm_fill_loads(struct fact_access *r, size_t n)
{
        struct loads t;
        measure_loads(r, n, &t);
        for (size_t i = 0; i < n; i++)
                if (!r[i].load_us)
                        r[i].load_us = (uint32_t)load_of(&t, r[i].template_);
}

/* Per database time each load saves its count; among equals the dearer load, then the more recent. */
static int by_gain(const void *x, const void *y)
{
        const struct warm_key *a = x, *b = y;
        if (a->count != b->count)
                return a->count < b->count ? 1 : -1;
        if (a->load_us != b->load_us)
                return a->load_us < b->load_us ? 1 : -1;
        return a->last < b->last ? 1 : -1;
}

size_t warm_rank(struct arena *a, const struct fact_access *requests, size_t n, struct warm_key **ret_keys)
{
        struct warm_key *keys = arena_alloc(a, (n + 1) * sizeof *keys);
        size_t len = count_keys(a, requests, n, keys);
        set_loads(requests, n, keys, len);
        qsort(keys, len, sizeof *keys, by_gain);
        *ret_keys = keys;
        return len;
}

/* ── Replay ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
struct tally {
        double asked[WARM_GROUPS], hits[WARM_GROUPS];
        double missed_us;
};

/* The cache begins with `keys`, least valuable first, so that the best are the newest. */
static struct tally replay(struct arena *a, const struct warm_key *keys, size_t n_keys, const struct fact_access *r, size_t n, size_t capacity)
{
        struct lru *c = lru_new(a, capacity, n + n_keys);
        struct tally t = {0};
        for (size_t i = n_keys; i-- > 0;)
                lru_access(c, keys[i].key, r[0].at_us, keys[i].ttl_s < 0 ? -1 : keys[i].ttl_s * INT64_C(1000000));
        for (size_t i = 0; i < n; i++) {
                bool hit = lru_access(c, r[i].key, r[i].at_us, r[i].ttl_s < 0 ? -1 : r[i].ttl_s * INT64_C(1000000));
                size_t group = mix(r[i].key) >> 61;
                t.asked[group]++;
                t.hits[group] += hit;
                t.missed_us += hit ? 0 : r[i].load_us;
        }
        return t;
}

static double ratio(const struct tally *t, int without)
{
        double asked = 0, hits = 0;
        for (int g = 0; g < WARM_GROUPS; g++)
                if (g != without) {
                        asked += t->asked[g];
                        hits += t->hits[g];
                }
        return asked > 0 ? hits / asked : NAN;
}

/* Delete-one jackknife over groups of keys that share no key (Student's t with 7 degrees of freedom). */
static double spread(const struct tally *cold, const struct tally *warm)
{
        static const double t7 = 2.365;
        double all = ratio(warm, -1) - ratio(cold, -1), squares = 0;
        for (int g = 0; g < WARM_GROUPS; g++) {
                double d = ratio(warm, g) - ratio(cold, g) - all;
                squares += isnan(d) ? 0 : d * d;
        }
        return t7 * sqrt(squares * (WARM_GROUPS - 1) / WARM_GROUPS);
}

void warm_predict(struct arena *a, const struct warm_key *keys, size_t n_keys, const struct fact_access *held_out, size_t n, size_t capacity,
                  struct warm_prediction *ret)
{
        if (capacity && n_keys > capacity)
                n_keys = capacity;
        struct tally cold = replay(a, NULL, 0, held_out, n, capacity), warm = replay(a, keys, n_keys, held_out, n, capacity);
        double gain = ratio(&warm, -1) - ratio(&cold, -1), s = spread(&cold, &warm);
        *ret = (struct warm_prediction){.over = n, .cold = ratio(&cold, -1), .warm = ratio(&warm, -1), .lo = gain - s, .hi = gain + s,
                                        .db_ms_saved = (cold.missed_us - warm.missed_us) / 1000};
}
