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

#include <stddef.h>
#include <stdint.h>

enum { POOL_SIZE_MAX = 1024 };

/* A drawn day of one process: times are milliseconds. */
struct pool_load {
        size_t n, warm_up;     /* the first warm_up arrivals fill the pool and are not counted */
        double *at_ms, *hold_ms;
        double *wait_ms;       /* room for pool_sim's answers */
        double hold_mean_ms, hold_cv2; /* of the distribution, not of the draw */
};

struct pool_shape {
        int size, overflow;
        double connect_ms; /* cost of opening an overflow connection */
};

struct pool_wait {
        double mean_ms, p50_ms, p95_ms, p99_ms;
        double in_use_mean, in_use_p95;
        double opened_per_s; /* overflow connections */
};

/* Moments of a histogram: mean and squared coefficient of variation. NAN when empty. */
void pool_hist_moments(const struct hist *h, double *ret_mean_ms, double *ret_cv2);

/* Poisson arrivals at rate_hz, holds from the histogram (uniform in the logarithm within a bucket), scaled by hold_scale. */
void pool_load_draw(struct arena *a, const struct hist *hold, double hold_scale, double rate_hz, size_t n, uint64_t seed,
                    struct pool_load *ret_load);

/* Waits of this load at this shape. A pool that is too small for the load has waits that grow with n: see ->in_use_mean >= size. */
struct pool_wait pool_sim(struct pool_load *load, struct pool_shape shape);
