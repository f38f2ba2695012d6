/*
 * What warming a cache would have gained: keys are ranked on the first part of a trace, and the rest, which the ranking has never
 * seen, is replayed from a cold start with and without them.
 *
 *      trace   |------------ training -----------|---- held out ----|
 *      ranks     model/warm_rank.h                  replay: LRU, expiry respected
 *
 * Sources and limits: docs/models/warm_gain.md.
 */
#pragma once
#include "model/warm_rank.h"

enum { WARM_GROUPS = 8, WARM_HORIZONS = 3 };

struct warm_prediction {
        size_t over;            /* first so many requests after the cold start */
        double cold, warm;      /* hit ratio without and with */
        double lo, hi;          /* 95 % interval of warm - cold, from WARM_GROUPS key-disjoint subsamples */
        double db_ms_saved;
};

/* Over all of held_out; capacity in objects, 0 without bound. n > 0. */
void warm_predict(struct arena *a, const struct warm_key *keys, size_t n_keys, const struct fact_access *held_out, size_t n, size_t capacity,
                  struct warm_prediction *ret_prediction);

/* Hit ratio alone, warmed with the keys; capacity as above. */
double warm_hit_frac(struct arena *a, const struct warm_key *keys, size_t n_keys, const struct fact_access *requests, size_t n, size_t capacity);
