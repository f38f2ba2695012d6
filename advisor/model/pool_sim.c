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

static double draw_ms(const struct draw *d, struct rng *rng)
{
        uint64_t want = rng_next(rng) % d->upto[d->n - 1];
        int lo = 0, hi = d->n - 1;
        while (lo < hi) {
                int mid = (lo + hi) / 2;
                if (d->upto[mid] > want)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        return bucket_at(d->bucket[lo] + rng_unit(rng));
}

void pool_load_draw(struct arena *a, const struct hist *hold, double hold_scale, double rate_hz, size_t n, uint64_t seed,
                    struct pool_load *ret_load)
{
        struct rng rng;
        rng_seed(&rng, seed);
        struct draw *d = arena_new_of(a, struct draw);
        draw_prepare(d, hold);
        struct pool_load l = {.n = n, .warm_up = n / 10};
        l.at_ms = arena_alloc(a, n * sizeof *l.at_ms);
        l.hold_ms = arena_alloc(a, n * sizeof *l.hold_ms);
        l.wait_ms = arena_alloc(a, n * sizeof *l.wait_ms);
        pool_hist_moments(hold, &l.hold_mean_ms, &l.hold_cv2);
        l.hold_mean_ms *= hold_scale;
        double t = 0;
        for (size_t i = 0; i < n; i++) {
                t += -log(1 - rng_unit(&rng)) * 1000 / rate_hz;
                l.at_ms[i] = t;
                l.hold_ms[i] = d->n ? draw_ms(d, &rng) * hold_scale : 0;
        }
        *ret_load = l;
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

static double heap_pop(struct heap *h)
{
        double top = h->at[0], last = h->at[--h->n];
        int i = 0;
        for (int child; (child = 2 * i + 1) < h->n; i = child) {
                if (child + 1 < h->n && h->at[child + 1] < h->at[child])
                        child++;
                if (h->at[child] >= last)
                        break;
                h->at[i] = h->at[child];
        }
        h->at[i] = last;
        return top;
}

/* The k-th smallest, by Hoare's selection; reorders v. */
static double nth(double *v, size_t n, size_t k)
{
        size_t lo = 0, hi = n - 1;
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

struct pool_wait pool_sim(struct pool_load *l, struct pool_shape shape)
{
        struct pool_state p = {.size = shape.size, .cap = shape.size + shape.overflow};
        if (p.cap < 1 || p.cap > 2 * POOL_SIZE_MAX || l->n <= l->warm_up)
                return (struct pool_wait){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        size_t opened = 0, counted = l->n - l->warm_up, in_use[POOL_SIZE_MAX * 2 + 1] = {0};
        double sum = 0, used = 0;
        for (size_t i = 0; i < l->n; i++) {
                if (i == l->warm_up)
                        opened = 0;
                give_back_until(&p, l->at_ms[i]);
                in_use[p.busy.n] += i >= l->warm_up; /* Poisson arrivals see time averages */
                used += i >= l->warm_up ? p.busy.n : 0;
                double start = checkout(&p, l->at_ms[i], &shape, &opened);
                heap_push(&p.busy, start + l->hold_ms[i]);
                l->wait_ms[i] = start - l->at_ms[i];
                sum += i >= l->warm_up ? l->wait_ms[i] : 0;
        }
        double *w = l->wait_ms + l->warm_up, span_s = (l->at_ms[l->n - 1] - l->at_ms[l->warm_up]) / 1000;
        struct pool_wait r = {.mean_ms = sum / (double)counted, .in_use_mean = used / (double)counted, .opened_per_s = (double)opened / span_s};
        r.p50_ms = nth(w, counted, counted / 2);
        r.p95_ms = nth(w, counted, counted * 95 / 100);
        r.p99_ms = nth(w, counted, counted * 99 / 100);
        size_t seen = 0;
        int k = 0;
        for (; k < p.cap && (seen += in_use[k]) * 100 < counted * 95; k++)
                ;
        r.in_use_p95 = k;
        return r;
}
