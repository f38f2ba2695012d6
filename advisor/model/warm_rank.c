#include "model/warm_rank.h"
#include "model/warm_replay.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

const char *const warm_method_names[WARM_METHOD_COUNT] = {
        [WARM_BY_COUNT] = "requests",
        [WARM_BY_WINDOWS] = "windows with a request",
        [WARM_BY_RECENT_LONG] = "windows with a request, slowly forgotten",
        [WARM_BY_RECENT_SHORT] = "windows with a request, soon forgotten",
        [WARM_BY_DAYTIME] = "windows with a request at the same time of day",
};

static const double forget_long = 1.0 / 64, forget_short = 1.0 / 16; /* halvings a window */

/* ── Load times ─────────────────────────────────────────────────────────────────────────────────────────────────── */
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

/* Without any measured, 1 us: then only the worth decides. */
static double load_of(const struct loads *t, const char *template_)
{
        for (size_t k = 0; k < t->len; k++)
                if (t->of[k].template_ == template_ && t->of[k].n > 0)
                        return t->of[k].us / t->of[k].n;
        return 1;
}

void warm_fill_loads(struct fact_access *r, size_t n)
{
        struct loads t;
        measure_loads(r, n, &t);
        for (size_t i = 0; i < n; i++)
                if (!r[i].load_us)
                        r[i].load_us = (uint32_t)load_of(&t, r[i].template_);
}

/* ── Census ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
struct census {
        struct arena *arena;
        size_t horizon, seen, mask;
        struct warm_key *keys;
        size_t len, cap;
        uint32_t *table; /* position + 1; open addressing, at most half full */
};

static uint64_t mix(uint64_t k)
{
        k ^= k >> 31;
        k *= UINT64_C(0x9e3779b97f4a7c15);
        return k ^ k >> 29;
}

static size_t place_of(const struct census *c, uint64_t key)
{
        size_t at = mix(key) & c->mask;
        while (c->table[at] && c->keys[c->table[at] - 1].key != key)
                at = (at + 1) & c->mask;
        return at;
}

static void grow(struct census *c)
{
        size_t cap = c->cap ? 2 * c->cap : 4096;
        c->keys = arena_grow(c->arena, c->keys, c->len * sizeof *c->keys, cap * sizeof *c->keys);
        c->cap = cap;
        c->mask = 2 * cap - 1;
        c->table = arena_alloc(c->arena, 2 * cap * sizeof *c->table);
        for (size_t i = 0; i < c->len; i++)
                c->table[place_of(c, c->keys[i].key)] = (uint32_t)i + 1;
}

static struct warm_key *key_in(struct census *c, const struct fact_access *r)
{
        size_t at = place_of(c, r->key);
        if (!c->table[at]) {
                c->keys[c->len] = (struct warm_key){.key = r->key, .template_ = r->template_, .ttl_s = -1};
                c->table[at] = (uint32_t)++c->len;
        }
        return &c->keys[c->table[at] - 1];
}

static int part_of_day(int64_t at_us)
{
        time_t at = (time_t)(at_us / 1000000);
        struct tm tm;
        return localtime_r(&at, &tm) ? tm.tm_hour * WARM_DAY_PARTS / 24 : 0;
}

static void count_window(struct warm_key *k, uint32_t window, int part)
{
        if (k->windows && k->last_window == window)
                return;
        double passed = k->windows ? window - k->last_window : 0;
        k->recent_long = (float)(k->recent_long * exp2(-passed * forget_long) + 1);
        k->recent_short = (float)(k->recent_short * exp2(-passed * forget_short) + 1);
        k->day_parts[part] = (uint16_t)(k->day_parts[part] + (k->day_parts[part] < UINT16_MAX));
        k->windows++;
        k->last_window = window;
}

static void census_add(struct census *c, const struct fact_access *r, size_t n)
{
        int part = 0;
        for (size_t i = 0; i < n; i++, c->seen++) {
                if (c->len == c->cap)
                        grow(c);
                if (i % 256 == 0)
                        part = part_of_day(r[i].at_us);
                struct warm_key *k = key_in(c, &r[i]);
                count_window(k, (uint32_t)(c->seen / c->horizon), part);
                k->count++;
                k->last = (uint32_t)c->seen;
                k->ttl_s = r[i].tier == 1 ? r[i].ttl_s : k->ttl_s; /* the memory tier's own expiry is no matter here */
                k->bytes = r[i].bytes ? r[i].bytes : k->bytes;
        }
}

/* ── Ranking ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static double worth_of(const struct warm_key *k, enum warm_method method, uint32_t window, int part)
{
        double passed = window - k->last_window;
        switch (method) {
        case WARM_BY_COUNT:
                return k->count;
        case WARM_BY_RECENT_LONG:
                return k->recent_long * exp2(-passed * forget_long);
        case WARM_BY_RECENT_SHORT:
                return k->recent_short * exp2(-passed * forget_short);
        case WARM_BY_DAYTIME:
                return k->windows + 4.0 * k->day_parts[part];
        case WARM_BY_WINDOWS:
        case WARM_METHOD_COUNT:
                break;
        }
        return k->windows;
}

/* Per database time each load saves its worth; among equals the one asked for more, then the dearer load, then the more recent. */
static int by_worth(const void *x, const void *y)
{
        const struct warm_key *a = x, *b = y;
        if (a->worth != b->worth)
                return a->worth < b->worth ? 1 : -1;
        if (a->count != b->count)
                return a->count < b->count ? 1 : -1;
        if (a->load_us != b->load_us)
                return a->load_us < b->load_us ? 1 : -1;
        return a->last < b->last ? 1 : -1;
}

static struct warm_key *ranked(struct arena *a, const struct census *c, enum warm_method method, int part)
{
        struct warm_key *keys = arena_alloc(a, (c->len + 1) * sizeof *keys);
        uint32_t window = (uint32_t)(c->seen / c->horizon);
        for (size_t i = 0; i < c->len; i++) {
                keys[i] = c->keys[i];
                keys[i].worth = worth_of(&keys[i], method, window, part);
        }
        qsort(keys, c->len, sizeof *keys, by_worth);
        return keys;
}

size_t warm_rank(struct arena *a, const struct fact_access *r, size_t n, size_t horizon, enum warm_method method, struct warm_key **ret_keys)
{
        struct census c = {.arena = a, .horizon = horizon};
        struct loads t;
        measure_loads(r, n, &t);
        census_add(&c, r, n);
        for (size_t i = 0; i < c.len; i++)
                c.keys[i].load_us = load_of(&t, c.keys[i].template_);
        *ret_keys = ranked(a, &c, method, n ? part_of_day(r[n - 1].at_us) : 0);
        return c.len;
}

/* ── Choosing ───────────────────────────────────────────────────────────────────────────────────────────────────── */
static bool knows_days(const struct fact_access *r, size_t n)
{
        return r[n - 1].at_us - r[0].at_us >= INT64_C(48) * 3600 * 1000000;
}

static void try_here(struct arena *a, const struct census *c, const struct fact_access *next, size_t horizon, size_t capacity, size_t most, bool days,
                     struct warm_trial *trials)
{
        for (enum warm_method m = 0; m < WARM_METHOD_COUNT; m++) {
                if (m == WARM_BY_DAYTIME && !days)
                        continue;
                CLEANUP(arena_leave) struct arena_scope scope = arena_enter(a);
                struct warm_key *keys = ranked(a, c, m, part_of_day(next[0].at_us));
                size_t n = most < c->len ? most : c->len;
                trials[m].tried = true;
                trials[m].hit += warm_hit_frac(a, keys, n, next, horizon, capacity) / WARM_CUTS;
        }
}

enum warm_method warm_choose(struct arena *a, const struct fact_access *r, size_t n, size_t horizon, size_t capacity, size_t most,
                             struct warm_trial *ret_trials)
{
        struct warm_trial trials[WARM_METHOD_COUNT] = {0};
        if (n >= 4 * horizon && horizon) {
                struct census c = {.arena = a, .horizon = horizon};
                size_t first = n / 2, step = (n - horizon - first) / (WARM_CUTS - 1);
                for (size_t i = 0; i < WARM_CUTS; i++) {
                        size_t cut = first + i * step;
                        census_add(&c, r + c.seen, cut - c.seen);
                        try_here(a, &c, r + cut, horizon, capacity, most, knows_days(r, n), trials);
                }
        }
        enum warm_method best = WARM_BY_WINDOWS;
        double bar = trials[best].hit + 0.001;
        for (enum warm_method m = 0; m < WARM_METHOD_COUNT; m++)
                if (trials[m].tried && trials[m].hit >= bar) {
                        bar = trials[m].hit;
                        best = m;
                }
        for (int m = 0; ret_trials && m < WARM_METHOD_COUNT; m++)
                ret_trials[m] = trials[m];
        return best;
}
