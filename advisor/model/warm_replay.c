#include "model/warm_replay.h"
#include "model/lru.h"

#include <math.h>

static uint64_t mix(uint64_t k)
{
        k ^= k >> 31;
        k *= UINT64_C(0x9e3779b97f4a7c15);
        return k ^ k >> 29;
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

double warm_hit_frac(struct arena *a, const struct warm_key *keys, size_t n_keys, const struct fact_access *r, size_t n, size_t capacity)
{
        struct tally t = replay(a, keys, capacity && n_keys > capacity ? capacity : n_keys, r, n, capacity);
        return ratio(&t, -1);
}
