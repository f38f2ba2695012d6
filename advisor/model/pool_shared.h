/*
 * The whole fleet in simulation: each process has a first-come pool of its own, all pools stand before one database (or before one
 * shared pooler), and the database slows down as more sessions work in it at once.
 *
 * A transaction waits for a connection of its process, then (behind a pooler) for a server connection, works in the database, idles
 * while its program thinks, and gives everything back. Work of n sessions at once goes at db_speed(n) of the speed that one alone has:
 * processor sharing over the cores, times the Universal Scalability Law where a capture had the range to fit it. While the
 * database has room this is pool_sim (pool_sim.h) process by process, which is far quicker; docs/models/pool_shared.md says when which counts.
 *
 * Sources: L. Kleinrock, "Queueing Systems" II (1976) for processor sharing; N. J. Gunther, "Guerrilla Capacity Planning" (2007) for the law.
 */
#pragma once
#include "model/pool_sim.h"

/* How work slows down. Zeros: not at all. */
struct db_model {
        double cores;         /* sessions that work at full speed together; 0: any number */
        double sigma, kappa;  /* contention and coherency of the law, >= 0 */
};

/* Speed of each of n sessions that work at once, relative to one alone: 1 .. 0. */
double db_speed(const struct db_model *m, int n);

struct shared_shape {
        int processes;        /* arrivals are dealt to them at random, by the seed of the load */
        int size;             /* connections of each process */
        int pooler;           /* server connections of a shared pooler behind them; 0: none, each connection is the server's */
        double work_frac;     /* share of a hold in which the database works; the rest is the program's */
        struct db_model db;
};

struct shared_wait {
        struct pool_wait wait;      /* waits of both queues together; latency: from asking to giving back */
        double working_mean;        /* sessions at work in the database */
        double stretch;             /* mean hold over the mean hold without slow-down */
};

/* Holds of `load` are those without slow-down. load: all processes together. NAN in all fields when the shape is out of range. */
struct shared_wait pool_shared(struct arena *a, struct pool_load *load, const struct shared_shape *shape);

/* A look at a running database: sessions at work and what they got done per second. */
struct usl_point {
        double n, rate_hz;
};

enum { USL_POINTS_MIN = 6 };

/*
 * Fits the law to at least USL_POINTS_MIN points, n / rate = (1 + sigma (n-1) + kappa n (n-1)) / lambda, by least squares of the rate. False, and *ret untouched, when there are fewer, when n spans less than a factor of four, or when the data show no law: then
 * nothing is known of other concurrencies.
 */
bool usl_fit(const struct usl_point *p, size_t n, double *ret_lambda, struct db_model *ret);

/* Concurrency of the highest throughput, sqrt((1-sigma)/kappa); INFINITY without kappa. */
double usl_peak(const struct db_model *m);
