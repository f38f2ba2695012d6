/* Warming on synthetic traces: the prediction against a replay of traffic that neither ranking nor prediction has seen. */
#include "base/num.h"
#include "model/model.h"
#include "model/warm_replay.h"
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 20000 };
static struct arena *a;
static struct facts *f;
static struct advise_out out;
static double *zipf; /* cumulative */

static void setup(double alpha)
{
        a = arena_new();
        f = arena_new_of(a, struct facts);
        f->arena = a;
        f->trace_frac = 1;
        struct config *c = config_default(a);
        c->apply_schedule_dir = "/srv/app/warm dir";
        c->warm_command = "/usr/bin/python3 warm.py";
        c->apply_crontab = "/var/spool/cron/crontabs/hearts";
        c->path = "/srv/100%/perfadvise.yaml";
        f->config = c;
        memset(&out, 0, sizeof out);
        zipf = arena_alloc(a, KEYS * sizeof *zipf);
        double sum = 0;
        for (int i = 0; i < KEYS; i++)
                zipf[i] = sum += pow(i + 1, -alpha);
}

static uint64_t key_of(struct rng *rng)
{
        double u = rng_unit(rng) * zipf[KEYS - 1];
        size_t lo = 0, hi = KEYS - 1;
        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                *(zipf[mid] > u ? &hi : &lo) = zipf[mid] > u ? mid : mid + 1;
        }
        return (lo + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void trace(size_t n, uint64_t seed, bool fresh_keys)
{
        struct rng rng;
        rng_seed(&rng, seed);
        for (size_t i = 0; i < n; i++)
                *vec_push(a, &f->accesses) = (struct fact_access){.at_us = (int64_t)i * 1000, .template_ = "user:{id}", .tier = 1, .bytes = 300, .ttl_s = -1,
                                                                  .load_us = 900, .key = fresh_keys ? rng_next(&rng) : key_of(&rng)};
}

static void advise(void)
{
        static const struct finding finding = {.key = "k", .rule = "redis.cold", .subject = "cache"};
        static const struct rule_row row = {.finding = &finding};
        struct err err = {0};
        struct advise_in in = {.arena = a, .facts = f, .rule = "redis.cold", .rows = &row, .n = 1};
        ck_assert_int_eq(model_warm_gain.advise(&in, &out, &err), 0);
}

/* Hit ratio over the first n of new traffic, with a set that holds whatever was asked or warmed: no model code. */
static double replay_by_hand(const char *keys, size_t n, uint64_t seed)
{
        static bool held[KEYS + 1];
        memset(held, 0, sizeof held);
        const uint64_t inverse = UINT64_C(0xf1de83e19937733d); /* of the multiplier, modulo 2^64 */
        for (const char *p = keys; (p = strchr(p, '\t')); p++)
                held[strtoull(p + 1, NULL, 16) * inverse] = true;
        struct rng rng;
        rng_seed(&rng, seed);
        size_t hits = 0;
        for (size_t i = 0; i < n; i++) {
                uint64_t k = key_of(&rng) * inverse;
                hits += held[k];
                held[k] = true;
        }
        return (double)hits / (double)n;
}

static const struct change *change_of(const struct recommendation *rec, enum change_kind kind)
{
        for (size_t i = 0; i < rec->changes.len; i++)
                if (rec->changes.items[i].kind == kind)
                        return &rec->changes.items[i];
        return NULL;
}

START_TEST(warm_gain__prediction_equals_replay)
{
        setup(0.9);
        trace(200000, 1, false);
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        const struct recommendation *rec = &out.recommendations.items[0];
        const char *keys = change_of(rec, CHANGE_file_whole)->after;
        double cold = 0, warm = 0;
        for (uint64_t seed = 100; seed < 110; seed++) { /* ten restarts, averaged: one has a noise of its own */
                cold += replay_by_hand("", 10000, seed) / 10;
                warm += replay_by_hand(keys, 10000, seed) / 10;
        }
        const struct effect *e = &rec->effects.items[0];
        ck_assert_msg(fabs(e->after - warm) < 0.005, "predicted %.4f, replayed %.4f", e->after, warm);
        ck_assert_msg(fabs(e->before - cold) < 0.012, "predicted cold %.4f, replayed %.4f", e->before, cold);
        ck_assert_double_gt(e->after - e->before, 0.2);
        ck_assert(e->lo <= warm && warm <= e->hi);
        arena_free(a);
}
END_TEST

START_TEST(warm_gain__not_worth_it)
{
        setup(0.9);
        trace(20000, 1, true); /* no key is ever asked for again */
        advise();
        ck_assert_uint_eq(out.recommendations.len, 0);
        ck_assert_uint_eq(out.unknown.len, 1);
        ck_assert_ptr_nonnull(strstr(out.unknown.items[0].value, "not worth it"));
        arena_free(a);
}
END_TEST

START_TEST(warm_gain__too_short_and_none)
{
        setup(0.9);
        advise();
        ck_assert_ptr_nonnull(strstr(out.unknown.items[0].value, "no cache trace"));
        trace(999, 1, false);
        advise();
        ck_assert_ptr_nonnull(strstr(out.unknown.items[1].value, "too short"));
        arena_free(a);
}
END_TEST

START_TEST(warm_gain__files_and_line)
{
        setup(1.1);
        trace(30000, 3, false);
        *vec_push(a, &f->stores) = (struct fact_store){.target = "hearts", .maxmemory_bytes = 300e3, .used_bytes = 30e3, .keys = 100};
        advise();
        const struct recommendation *rec = &out.recommendations.items[0];
        const struct change *schedule = change_of(rec, CHANGE_schedule), *keys = change_of(rec, CHANGE_file_whole), *cron = change_of(rec, CHANGE_cron_line);
        ck_assert_str_eq(schedule->path, "/srv/app/warm dir/hearts.yaml");
        ck_assert_str_eq(keys->path, "/srv/app/warm dir/hearts.keys");
        size_t lines = 0;
        for (const char *p = keys->after; (p = strchr(p, '\n')); p++)
                lines++;
        ck_assert_uint_eq(lines, 1000); /* what Redis holds */
        ck_assert(!strncmp(keys->after, "user:{id}\t9e3779b97f4a7c15\n", 27)); /* the most frequent first */
        ck_assert_str_eq(cron->after, "@reboot perfadvise --config '/srv/100\\%/perfadvise.yaml' --quiet warm run '/srv/app/warm dir/hearts.yaml'");
        ck_assert_int_eq(cron->phase, PHASE_WARM);
        ck_assert_ptr_nonnull(strstr(schedule->after, "count: 1000"));
        arena_free(a);
}
END_TEST

/* Quiet until 17:00 UTC, busy from then on; crontab lines are in local time. */
START_TEST(warm_gain__daily_line_is_in_local_time)
{
        setenv("TZ", "XXX-3", 1);
        tzset();
        setup(1.1);
        trace(30000, 3, false);
        const int64_t hour_us = INT64_C(3600) * 1000000;
        for (int64_t i = 0; i < 30000; i++)
                f->accesses.items[i].at_us = i < 6000 ? i * 17 * hour_us / 6000 : 17 * hour_us + (i - 6000) * 7 * hour_us / 24000;
        *vec_push(a, &f->stores) = (struct fact_store){.target = "hearts", .maxmemory_bytes = 300e3, .used_bytes = 30e3, .keys = 100};
        advise();
        ck_assert_uint_eq(out.recommendations.len, 1);
        const struct recommendation *rec = &out.recommendations.items[0];
        const struct change *last = &rec->changes.items[rec->changes.len - 1];
        ck_assert_int_eq(last->kind, CHANGE_cron_line);
        ck_assert_msg(!strncmp(last->after, "40 19 * * * ", 12), "%s", last->after); /* twenty minutes before 20:00 in UTC+3 */
        arena_free(a);
}
END_TEST

START_TEST(warm_gain__without_configuration_is_advice_only)
{
        setup(1.1);
        trace(30000, 3, false);
        struct config *c = config_default(a);
        f->config = c;
        advise();
        const struct recommendation *rec = &out.recommendations.items[0];
        ck_assert_uint_eq(rec->changes.len, 0);
        bool said = false;
        for (size_t i = 0; i < rec->evidence.len; i++)
                said |= strstr(rec->evidence.items[i].value, "apply.schedules and warm.command") != NULL;
        ck_assert(said);
        arena_free(a);
}
END_TEST

START_TEST(warm_predict__bounded_cache_and_expiry)
{
        a = arena_new();
        struct fact_access r[4000];
        for (int i = 0; i < 4000; i++)
                r[i] = (struct fact_access){.at_us = i * 1000000LL, .key = (uint64_t)(i % 40 + 1), .template_ = "t", .tier = 1, .ttl_s = -1, .load_us = 1000};
        struct warm_key *keys;
        ck_assert_uint_eq(warm_rank(a, r, 4000, 50, WARM_BY_WINDOWS, &keys), 40);
        struct warm_prediction p;
        /* A loop over 40 keys: everything fits, so the first round hits only when warmed. */
        warm_predict(a, keys, 40, r, 40, 0, &p);
        ck_assert_double_eq(p.cold, 0);
        ck_assert_double_eq(p.warm, 1);
        ck_assert_double_eq(p.db_ms_saved, 40);
        warm_predict(a, keys, 40, r, 4000, 0, &p);
        ck_assert_double_eq(p.cold, 0.99);
        /* A loop larger than an LRU cache never hits again. */
        warm_predict(a, keys, 40, r, 4000, 20, &p);
        ck_assert_double_eq(p.cold, 0);
        for (int i = 0; i < 4000; i++)
                r[i].ttl_s = 10; /* gone before it is asked for again */
        warm_rank(a, r, 4000, 50, WARM_BY_WINDOWS, &keys);
        warm_predict(a, keys, 40, r, 40, 0, &p);
        ck_assert_double_eq(p.warm, 0.25);
        warm_predict(a, keys, 40, r, 4000, 0, &p);
        ck_assert_double_eq(p.cold, 0);
        arena_free(a);
}
END_TEST

/* A burst of one key against many keys that come once in each window: what is loaded saves one miss each. */
START_TEST(warm_rank__windows_before_bursts)
{
        enum { N = 40000, WINDOW = 2000 };
        a = arena_new();
        struct fact_access *r = arena_alloc(a, N * sizeof *r);
        for (int i = 0; i < N; i++) /* 100 steady keys, once a window each; the rest of a window is 20 runs of a key that never comes again */
                r[i] = (struct fact_access){.key = (uint64_t)(i % 20 == 0 ? 1 + i / 20 % 100 : 1000 + i / 95), .template_ = "t", .tier = 1, .ttl_s = -1, .load_us = 1};
        struct warm_key *keys;
        ck_assert_uint_gt(warm_rank(a, r, N, WINDOW, WARM_BY_COUNT, &keys), 500);
        ck_assert_uint_ge(keys[0].key, 1000);
        warm_rank(a, r, N, WINDOW, WARM_BY_WINDOWS, &keys);
        for (int i = 0; i < 100; i++)
                ck_assert_uint_lt(keys[i].key, 1000);
        struct warm_trial trials[WARM_METHOD_COUNT];
        ck_assert_int_eq(warm_choose(a, r, N, WINDOW, 0, 100, trials), WARM_BY_WINDOWS);
        ck_assert_double_gt(trials[WARM_BY_WINDOWS].hit, trials[WARM_BY_COUNT].hit + 0.04);
        ck_assert(!trials[WARM_BY_DAYTIME].tried);
        arena_free(a);
}
END_TEST

/* Two crowds of keys, one by day and one by night: before the evening the night's are worth loading. */
START_TEST(warm_rank__time_of_day)
{
        enum { N = 96000, HOUR = 1000 };
        a = arena_new();
        setenv("TZ", "UTC", 1);
        tzset();
        struct fact_access *r = arena_alloc(a, N * sizeof *r);
        struct rng rng;
        rng_seed(&rng, 7);
        for (int i = 0; i < N; i++) {
                int hour = i / HOUR % 24;
                r[i] = (struct fact_access){.at_us = (int64_t)i * 3600000, .key = 1 + rng_next(&rng) % 3000 + (hour < 12 ? 0 : 10000), .template_ = "t", .tier = 1,
                                            .ttl_s = -1, .load_us = 1};
        }
        struct warm_trial trials[WARM_METHOD_COUNT];
        ck_assert_int_eq(warm_choose(a, r, N, 500, 0, 3000, trials), WARM_BY_DAYTIME);
        struct warm_key *keys;
        warm_rank(a, r, N, 500, WARM_BY_DAYTIME, &keys); /* the last request came shortly before midnight */
        int of_the_night = 0;
        for (int i = 0; i < 2500; i++)
                of_the_night += keys[i].key > 10000;
        ck_assert_int_gt(of_the_night, 2200);
        arena_free(a);
}
END_TEST

UNIT_MAIN(warm_rank__windows_before_bursts, warm_rank__time_of_day, warm_gain__daily_line_is_in_local_time, warm_gain__prediction_equals_replay, warm_gain__not_worth_it, warm_gain__too_short_and_none, warm_gain__files_and_line,
          warm_gain__without_configuration_is_advice_only, warm_predict__bounded_cache_and_expiry)
