/*
 * What warming a cache would have gained: keys are ranked on the first part of a trace, and the rest, which the ranking has never
 * seen, is replayed from a cold start with and without them.
 *
 *      trace   |------------ training -----------|---- held out ----|
 *      ranks     count x load, most first          replay: LRU, expiry respected
 *
 * Sources and limits: docs/models/warm_gain.md.
 */
#pragma once
#include "base/arena.h"
#include "facts.h"

enum { WARM_GROUPS = 8, WARM_HORIZONS = 2 };

/* A key worth loading before it is asked for. */
struct warm_key {
        uint64_t key;
        const char *template_;
        uint32_t count;
        uint32_t bytes;
        double load_us;   /* mean of its template: one key's own times are noise */
        int32_t ttl_s;
        uint32_t last;    /* position of its last request, for ties */
};

/* Requests whose load was not measured (they were hits) get the mean of their template. */
void warm_fill_loads(struct fact_access *requests, size_t n);

/* Keys of the requests by gain per database time, best first: the gain is count x load, its price one load. */
size_t warm_rank(struct arena *a, const struct fact_access *requests, size_t n, struct warm_key **ret_keys);

struct warm_prediction {
        size_t over;            /* first so many requests after the cold start */
        double cold, warm;      /* hit ratio without and with */
        double lo, hi;          /* 95 % interval of warm - cold, from WARM_GROUPS key-disjoint subsamples */
        double db_ms_saved;
};

/* Over all of held_out; capacity in objects, 0 without bound. n > 0. */
void warm_predict(struct arena *a, const struct warm_key *keys, size_t n_keys, const struct fact_access *held_out, size_t n, size_t capacity,
                  struct warm_prediction *ret_prediction);
