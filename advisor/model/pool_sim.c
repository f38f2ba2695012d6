#include "model/pool_sim.h"
#include "base/num.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static double bucket_at(double b)
{
        return exp2(b / 16) / 1000; /* ms */
}

void pool_hist_moments(const struct hist *h, double *ret_mean_ms, double *ret_cv2)
{
        double n = 0, sum = 0, squares = 0;
        for (int b = 0; b < HIST_BUCKETS; b++) {
                /* Moments of a value whose logarithm is uniform over the bucket. */
                double lo = bucket_at(b), ratio = exp2(1.0 / 16);
                double mean = lo * (ratio - 1) / log(ratio), square = lo * lo * (ratio * ratio - 1) / (2 * log(ratio));
                n += (double)h->n[b];
                sum += (double)h->n[b] * mean;
                squares += (double)h->n[b] * square;
        }
        *ret_mean_ms = n > 0 ? sum / n : NAN;
        *ret_cv2 = n > 0 ? fmax(0, squares / n / (*ret_mean_ms * *ret_mean_ms) - 1) : NAN;
}

/* The buckets that hold something, with the count up to and including each: a draw is a binary search. */
struct draw {
        int n, bucket[HIST_BUCKETS];
        uint64_t upto[HIST_BUCKETS];
};

static void draw_prepare(struct draw *d, const struct hist *h)
{
        d->n = 0;
        uint64_t total = 0;
        for (int b = 0; b < HIST_BUCKETS; b++)
                if (h->n[b]) {
                        d->bucket[d->n] = b;
                        d->upto[d->n++] = total += h->n[b];
                }
}

/* The hold at rank u (0..1) of the sample. */
static double draw_ms(const struct draw *d, double u)
{
        double rank = u * (double)d->upto[d->n - 1];
        int lo = 0, hi = d->n - 1;
        while (lo < hi) {
                int mid = (lo + hi) / 2;
                if ((double)d->upto[mid] > rank)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        double before = lo ? (double)d->upto[lo - 1] : 0;
        return bucket_at(d->bucket[lo] + (rank - before) / ((double)d->upto[lo] - before));
}

static void draw_holds(const struct draw *d, double scale, struct rng *rng, struct pool_load *l)
{
        for (size_t i = 0; i < l->n; i++)
                l->hold_ms[i] = d->n ? draw_ms(d, ((double)i + rng_unit(rng)) / (double)l->n) * scale : 0;
        for (size_t i = l->n; i > 1; i--) {
                size_t k = rng_below(rng, i);
                double x = l->hold_ms[i - 1];
                l->hold_ms[i - 1] = l->hold_ms[k];
                l->hold_ms[k] = x;
        }
}

static void draw_arrivals(double rate_hz, struct rng *rng, struct pool_load *l)
{
        double t = 0;
        for (size_t i = 0; i < l->n; i++)
                l->at_ms[i] = t += -log(1 - rng_unit(rng));
        double stretch = t > 0 ? (double)l->n * 1000 / rate_hz / t : 0;
        for (size_t i = 0; i < l->n; i++)
                l->at_ms[i] *= stretch;
}

void pool_load_draw(struct arena *a, const struct hist *hold, double hold_scale, double rate_hz, size_t n, uint64_t seed,
                    struct pool_load *ret_load)
{
        struct rng rng;
        rng_seed(&rng, seed);
        struct draw *d = arena_new_of(a, struct draw);
        draw_prepare(d, hold);
        double *at_ms = arena_alloc(a, n * sizeof *at_ms), *hold_ms = arena_alloc(a, n * sizeof *hold_ms);
        pool_load_trace(a, at_ms, hold_ms, n, n / 10, ret_load);
        pool_hist_moments(hold, &ret_load->hold_mean_ms, &ret_load->hold_cv2);
        ret_load->hold_mean_ms *= hold_scale;
        draw_arrivals(rate_hz, &rng, ret_load);
        draw_holds(d, hold_scale, &rng, ret_load);
}

void pool_load_trace(struct arena *a, double *at_ms, double *hold_ms, size_t n, size_t warm_up, struct pool_load *ret_load)
{
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
                sum += hold_ms[i];
                squares += hold_ms[i] * hold_ms[i];
        }
        double mean = n ? sum / (double)n : NAN;
        *ret_load = (struct pool_load){.n = n, .warm_up = warm_up, .at_ms = at_ms, .hold_ms = hold_ms, .wait_ms = arena_alloc(a, (n + 1) * sizeof(double)),
                                       .scratch = arena_alloc(a, (n + 1) * sizeof(double)), .hold_mean_ms = mean,
                                       .hold_cv2 = mean > 0 ? squares / (double)n / (mean * mean) - 1 : NAN};
}

/* A binary heap of the moments at which busy connections come back. */
struct heap {
        int n;
        double at[2 * POOL_SIZE_MAX];
};

static void heap_push(struct heap *h, double at)
{
        int i = h->n++;
        for (; i && h->at[(i - 1) / 2] > at; i = (i - 1) / 2)
                h->at[i] = h->at[(i - 1) / 2];
        h->at[i] = at;
}

/* Puts `at` in the place of the earliest. */
static void heap_replace(struct heap *h, double at)
{
        int i = 0;
        for (int child; (child = 2 * i + 1) < h->n; i = child) {
                child += child + 1 < h->n && h->at[child + 1] < h->at[child];
                if (h->at[child] >= at)
                        break;
                h->at[i] = h->at[child];
        }
        h->at[i] = at;
}

static double heap_pop(struct heap *h)
{
        double top = h->at[0], last = h->at[--h->n];
        heap_replace(h, last);
        return top;
}

/*
 * The k-th smallest of v[lo..n), by Hoare's selection; reorders v, so that what is smaller stands before it: the next quantile up needs to look
 * behind it only.
 */
static double nth(double *v, size_t lo, size_t n, size_t k)
{
        size_t hi = n - 1;
        while (lo < hi) {
                double pivot = v[lo + (hi - lo) / 2];
                size_t i = lo, j = hi;
                for (;;) {
                        while (v[i] < pivot)
                                i++;
                        while (v[j] > pivot)
                                j--;
                        if (i >= j)
                                break;
                        double x = v[i];
                        v[i++] = v[j];
                        v[j--] = x;
                }
                if (k <= j)
                        hi = j;
                else
                        lo = j + 1;
        }
        return v[k];
}

/* Ranks ascend; n > 0. */
static void quantiles(double *v, size_t n, const double *q, int count, double *ret)
{
        size_t from = 0;
        for (int i = 0; i < count; i++) {
                size_t k = (size_t)(q[i] * (double)n);
                k = k < n ? k : n - 1;
                ret[i] = nth(v, from, n, k);
                from = k;
        }
}

struct pool_state {
        struct heap busy;
        int idle, size, cap;
};

static void give_back_until(struct pool_state *p, double t)
{
        while (p->busy.n && p->busy.at[0] <= t) {
                heap_pop(&p->busy);
                if (p->idle < p->size)
                        p->idle++; /* an overflow connection that nobody waits for is closed */
        }
}

/* When the arrival at t has its connection. Waiters are served in order, so the next one takes the next that comes back. */
static double checkout(struct pool_state *p, double t, const struct pool_shape *shape, size_t *opened)
{
        if (p->idle) {
                p->idle--;
                return t;
        }
        if (p->busy.n < p->cap) {
                bool overflow = p->busy.n >= p->size;
                *opened += overflow;
                return t + (overflow ? shape->connect_ms : 0);
        }
        return heap_pop(&p->busy);
}

static size_t run_with_overflow(struct pool_load *l, struct pool_shape shape)
{
        struct pool_state p = {.size = shape.size, .cap = shape.size + shape.overflow};
        size_t opened = 0;
        for (size_t i = 0; i < l->n; i++) {
                if (i == l->warm_up)
                        opened = 0;
                give_back_until(&p, l->at_ms[i]);
                double start = checkout(&p, l->at_ms[i], &shape, &opened);
                heap_push(&p.busy, start + l->hold_ms[i]);
                l->wait_ms[i] = start - l->at_ms[i];
        }
        return opened;
}

/* Connections that stay open are alike: only when each is free next counts, and the next arrival takes the one that is free first. */
static void run_fixed(struct pool_load *l, int size)
{
        struct heap free_at = {.n = size};
        for (int i = 0; i < size; i++)
                free_at.at[i] = 0;
        for (size_t i = 0; i < l->n; i++) {
                double at = l->at_ms[i], first = free_at.at[0], start = first > at ? first : at;
                heap_replace(&free_at, start + l->hold_ms[i]);
                l->wait_ms[i] = start - at;
        }
}

static void sum_up_waits(struct pool_load *l, struct pool_wait *r)
{
        size_t n = l->n - l->warm_up, waiting = 0;
        double sum = 0;
        for (size_t i = l->warm_up; i < l->n; i++)
                if (l->wait_ms[i] > 0)
                        sum += l->scratch[waiting++] = l->wait_ms[i];
        r->mean_ms = sum / (double)n;
        r->waited_frac = (double)waiting / (double)n;
        /* Most wait not at all: quantiles are taken among those who do. */
        const double q[] = {0.50, 0.95, 0.99};
        double *const at[] = {&r->p50_ms, &r->p95_ms, &r->p99_ms};
        for (int i = 0; i < 3; i++) {
                size_t k = (size_t)(q[i] * (double)n), none = n - waiting;
                *at[i] = k < none ? 0 : nth(l->scratch, 0, waiting, k - none);
        }
}

static void sum_up_latencies(struct pool_load *l, double rank_error, struct pool_wait *r)
{
        size_t n = l->n - l->warm_up;
        for (size_t i = 0; i < n; i++)
                l->scratch[i] = l->wait_ms[l->warm_up + i] + l->hold_ms[l->warm_up + i];
        const double q[] = {0.50, 0.95 - rank_error, 0.95, 0.95 + rank_error, 0.99};
        double v[5];
        quantiles(l->scratch, n, q, 5, v);
        r->latency_p50_ms = v[0];
        r->latency_p95_lo_ms = v[1];
        r->latency_p95_ms = v[2];
        r->latency_p95_hi_ms = v[3];
        r->latency_p99_ms = v[4];
}

const struct pool_wait pool_wait_unknown = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

struct pool_wait pool_load_sum_up(struct pool_load *l, double rank_error)
{
        struct pool_wait r = {0};
        sum_up_waits(l, &r);
        sum_up_latencies(l, rank_error, &r);
        return r;
}

struct pool_wait pool_sim(struct pool_load *l, struct pool_shape shape)
{
        return pool_sim_ranks(l, shape, 0);
}

struct pool_wait pool_sim_ranks(struct pool_load *l, struct pool_shape shape, double rank_error)
{
        int cap = shape.size + shape.overflow;
        if (shape.size < 0 || cap < 1 || cap > 2 * POOL_SIZE_MAX || l->n <= l->warm_up || !(rank_error >= 0 && rank_error <= 0.04))
                return pool_wait_unknown;
        size_t opened = 0;
        if (shape.overflow)
                opened = run_with_overflow(l, shape);
        else
                run_fixed(l, shape.size);
        double span_s = (l->at_ms[l->n - 1] - l->at_ms[l->warm_up]) / 1000;
        struct pool_wait r = pool_load_sum_up(l, rank_error);
        r.opened_per_s = span_s > 0 ? (double)opened / span_s : 0;
        return r;
}
