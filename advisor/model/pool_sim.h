/*
 * A connection pool in simulation: arrivals wait first come first served for one of `size` connections; up to `overflow` more are
 * opened when all are busy (paying connect_ms) and closed when more than `size` would lie idle, as SQLAlchemy's QueuePool does.
 *
 * Arrivals and holds are drawn once (pool_load) and replayed at every size, so that sizes are compared on the same traffic:
 *
 *      struct pool_load load;
 *      pool_load_draw(arena, &hold_hist, rate_hz, 20000, seed, &load);
 *      struct pool_wait w = pool_sim(&load, (struct pool_shape){.size = 5});
 *
 * Source: FIFO multi-server queue; why first-come order makes "the k-th waiter takes the k-th connection given back" exact, and
 * what the model was measured against: docs/models/pool_size.md.
 */
#pragma once
#include "base/arena.h"
#include "base/hist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_SIZE_MAX = 1024 };

/* A drawn or recorded day of one queue: times are milliseconds, arrivals ascend. */
struct pool_load {
        size_t n, warm_up;     /* the first warm_up arrivals fill the pool and are not counted */
        double *at_ms, *hold_ms;
        double *wait_ms;       /* room for pool_sim's answers */
        double *scratch;       /* as much room again, for its quantiles */
        double hold_mean_ms, hold_cv2; /* of the distribution, not of the draw */
};

struct pool_shape {
        int size, overflow;
        double connect_ms; /* cost of opening an overflow connection */
};

struct pool_wait {
        double mean_ms, p50_ms, p95_ms, p99_ms;                 /* waiting for a connection */
        double latency_p50_ms, latency_p95_ms, latency_p99_ms;  /* wait and hold together */
        double latency_p95_lo_ms, latency_p95_hi_ms;            /* at the ranks that pool_sim_ranks asked for; else the p95 itself */
        double waited_frac;                                     /* share of arrivals that waited at all */
        double opened_per_s;                                    /* overflow connections */
};

/* Moments of a histogram: mean and squared coefficient of variation. NAN when empty. */
void pool_hist_moments(const struct hist *h, double *ret_mean_ms, double *ret_cv2);

/*
 * Poisson arrivals at rate_hz, holds from the histogram (uniform in the logarithm within a bucket), scaled by hold_scale. Holds are the
 * n quantiles at random places within their n-ths, in random order, and the arrivals are stretched to the rate: so the drawn load is
 * the asked one, and what is left to chance is only the order of things.
 */
void pool_load_draw(struct arena *a, const struct hist *hold, double hold_scale, double rate_hz, size_t n, uint64_t seed,
                    struct pool_load *ret_load);

/* A recorded trace: borrows at_ms and hold_ms, which ascend with at_ms; warm_up arrivals are not counted. */
void pool_load_trace(struct arena *a, double *at_ms, double *hold_ms, size_t n, size_t warm_up, struct pool_load *ret_load);

/*
 * Waits of this load at this shape, exact for each arrival. A pool that is too small for the load has waits that grow with n: callers
 * compare the offered load with the size first. rank_error: how far (0..0.04) the p95's rank may be off in the sample that the holds come
 * from; sets latency_p95_lo_ms and _hi_ms.
 */
struct pool_wait pool_sim(struct pool_load *load, struct pool_shape shape);
struct pool_wait pool_sim_ranks(struct pool_load *load, struct pool_shape shape, double rank_error);

/* The quantiles of what stands in wait_ms and hold_ms; for simulations that fill them otherwise. */
struct pool_wait pool_load_sum_up(struct pool_load *load, double rank_error);
extern const struct pool_wait pool_wait_unknown; /* all NAN */
