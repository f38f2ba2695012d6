/*
 * A warming plan from a trace: which keys, ranked how, and what that gains over the first requests after a cold start, by replay of
 * requests that the ranking has not seen. What warm_gain (from captures) and `warm plan` (from trace files) share.
 */
#pragma once
#include "model/warm_replay.h"

enum { WARM_REQUESTS_MIN = 1000 }; /* below, the held-out part says nothing */

struct warm_limits {
        size_t capacity;   /* of the cache in objects; 0: no bound */
        size_t keys;       /* at most so many; 0: no bound */
        double rate_hz;    /* keys a second; 0: no bound */
        double elapsed_s;  /* within which they must be loaded at that rate */
        double db_time_s;  /* of loading; 0: no bound */
        double followed;   /* share of the keys that the trace follows, (0..1]: only those can be loaded */
};

struct warm_plan {
        enum warm_method method;
        size_t window;     /* requests */
        struct warm_trial trials[WARM_METHOD_COUNT];
        struct warm_key *keys;
        size_t n_keys;     /* within the limits */
        const char *limit; /* what bounds them */
        double load_s;     /* database time to load them */
        size_t requests;
        struct warm_prediction p[WARM_HORIZONS]; /* ascending in .over; at least one */
        size_t n_p, moments; /* of the trace at which it was tried; the last of them is in p, the others in its interval */
};

/* requests: in time order, n >= WARM_REQUESTS_MIN, loads filled (warm_fill_loads). Plan and keys live in the arena. */
void warm_plan(struct arena *a, const struct fact_access *requests, size_t n, const struct warm_limits *limits, struct warm_plan *ret_plan);
