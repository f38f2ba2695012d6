/*
 * Which keys are worth loading before they are asked for.
 *
 * A key that is loaded saves one load at most until it is evicted or expires, however often it is read: what counts is the chance that it is
 * asked for at all within the horizon, not how often. So the past is cut into windows as long as the horizon, and a key's worth is
 * the number of windows in which it was asked for:
 *
 *      windows    |1........|2........|3........|4........|
 *      burst       aaaaaaaa                                  8 requests, 1 window
 *      steady       b         b         b        b           4 requests, 4 windows: the better one to load
 *
 * Recent windows may count more, or those at the same time of day; which way is best is not assumed but tried: warm_choose ranks at some earlier moments
 * of the trace and replays what followed. docs/models/warm_gain.md has the measurements.
 */
#pragma once
#include "base/arena.h"
#include "facts.h"

enum warm_method {
        WARM_BY_COUNT,        /* requests */
        WARM_BY_WINDOWS,      /* windows of the horizon's length with a request */
        WARM_BY_RECENT_LONG,  /* the same, a window of 64 windows ago counting half */
        WARM_BY_RECENT_SHORT, /* of 16 windows ago */
        WARM_BY_DAYTIME,      /* windows at the same three hours of the day count five times; needs times and two days */
        WARM_METHOD_COUNT
};
extern const char *const warm_method_names[WARM_METHOD_COUNT];

enum { WARM_DAY_PARTS = 8, WARM_CUTS = 6 };

/* A key worth loading before it is asked for. */
struct warm_key {
        uint64_t key;
        const char *template_;
        double load_us;       /* mean of its template: one key's own times are noise */
        double worth;         /* by the method of the ranking: windows, or requests */
        float recent_long, recent_short;
        uint16_t day_parts[WARM_DAY_PARTS]; /* windows by time of day */
        uint32_t count, windows, last_window;
        uint32_t bytes;
        int32_t ttl_s;
        uint32_t last;        /* position of its last request, for ties */
};

/* The mean of the replays at WARM_CUTS earlier moments. */
struct warm_trial {
        bool tried;
        double hit;           /* of the horizon's requests */
};

/* Requests whose load was not measured (they were hits) get the mean of their template. */
void warm_fill_loads(struct fact_access *requests, size_t n);

/* Keys of the requests by worth, best first; horizon: requests a window, > 0. The moment is that of the last request, in local time. */
size_t warm_rank(struct arena *a, const struct fact_access *requests, size_t n, size_t horizon, enum warm_method method, struct warm_key **ret_keys);

/*
 * The method whose `most` best keys would have gained most over the horizon, on average at WARM_CUTS moments of the second half of the
 * requests, in an LRU cache of `capacity` objects (0: without bound). Another than WARM_BY_WINDOWS must be better by a thousandth.
 * trials may be NULL.
 */
enum warm_method warm_choose(struct arena *a, const struct fact_access *requests, size_t n, size_t horizon, size_t capacity, size_t most,
                             struct warm_trial *ret_trials);
