/*
 * Sizing: what each pool needs by its own traffic (pool_need), and what it gets when the server has fewer connections than all
 * would like (pool_allocate). Pure numbers; pool_size.c turns them into words and changes.
 *
 * A need is one number to choose (the size that some bytes of source decide) and all uses of it: every program that reads the
 * same setting brings its own arrivals and holds, and the size must suit the neediest of them.
 */
#pragma once
#include "model/pool_sim.h"

#include <stdbool.h>

enum { POOL_CURVE_MAX = 96, POOL_ARRIVALS = 50000, POOL_CHECKOUTS_MIN = 20 };

/* One program's traffic at the pool, per process. */
struct pool_traffic {
        const char *program;
        double processes;
        double rate_hz;           /* of one process */
        const struct hist *use;   /* hold times */
        double error_frac;        /* relative standard error of the load; 0: that of `use` as a sample of its own */
        double hold_scale;        /* 1, or less when part of the measured hold is a wait elsewhere */
        double wait_p95_ms;       /* measured at the present size; NAN */
};

struct pool_need {
        const struct pool_traffic *traffic;
        size_t n;
        double objective_ms;      /* accepted p95 wait */
        int size_now, overflow_now; /* 0: unknown */

        /* Results of pool_need_solve. */
        double checkouts;         /* observations of the smallest sample among the uses */
        double error_frac;        /* relative standard error of the offered load, sqrt((1 + CV2) / n), the worst use's */
        double burst;             /* load multiplier that explains the wait measured at the present size; 1 when it needs none */
        bool unexplained;         /* no multiplier up to BURST_MAX explains it: the wait is not made by the size */
        double wait_lo_ms[POOL_CURVE_MAX + 1], wait_ms[POOL_CURVE_MAX + 1], wait_hi_ms[POOL_CURVE_MAX + 1]; /* p95 by size, from 1 */
        struct pool_wait at[POOL_CURVE_MAX + 1];  /* all of the neediest use at the captured load; latency p95 with its interval */
        double offered;           /* erlangs of the neediest use in one process, at the captured load; what lo and hi are */
        int curve;                /* last size computed: beyond it nothing waits */
        int knee;                 /* smallest size whose predicted latency p95 is within a tenth of that of plenty, at the upper 95 % of the load */
        int want;                 /* smallest size within the objective at the upper 95 % of the load */
        int want_lo;              /* the same at the lower 95 % */
        int cap;                  /* smallest size whose p99 is within the objective: what overflow should reach */
};

#define POOL_BURST_MAX 3.0

#define POOL_KNEE 1.1

/* What is predicted at a size; beyond the curve as at its end, latencies of INFINITY where the load does not fit. */
struct pool_wait pool_need_at(const struct pool_need *need, int size);

/* Predicted wait p95 at a size beyond the curve is 0, at none NAN. */
double pool_need_wait_ms(const struct pool_need *need, const double *curve, int size);

/* False when no use has enough observations for any answer (fewer than POOL_CHECKOUTS_MIN checkouts). */
bool pool_need_solve(struct arena *a, struct pool_need *need);

/* A pool that competes for the server's connections. */
struct pool_slot {
        double processes;     /* each size costs this many connections */
        double weight;        /* checkouts per second: whose wait counts how much */
        const double *wait_ms; /* predicted p95 by size, from index 1 */
        int want;             /* no more than this */
        int size;             /* result; at least 1 */
};

/*
 * Shares `budget` connections: everyone gets 1, then each next step goes where the weighted predicted wait falls most per
 * connection, until all have what they want or nothing fits. Returns the connections used (more than budget when even 1 each
 * does not fit).
 */
double pool_allocate(struct pool_slot *slots, size_t n, double budget);
