#include "model/pool_plan.h"

#include <math.h>

enum { SEED = 20231 };

static const double z95 = 1.645; /* one-sided 95 % */

static double checkouts_of(const struct pool_traffic *t)
{
        return t->use ? (double)t->use->count : 0;
}

/* Load of one use at `load` times the captured rate; the same seed, so that all loads and sizes see the same dice. */
static struct pool_load draw(struct arena *a, const struct pool_traffic *t, double load)
{
        struct pool_load l;
        pool_load_draw(a, t->use, t->hold_scale, t->rate_hz * load, POOL_ARRIVALS, SEED, &l);
        return l;
}

static bool stable(const struct pool_load *l, const struct pool_traffic *t, double load, int size)
{
        return t->rate_hz * load * l->hold_mean_ms / 1000 < size;
}

/* p95 waits by size at one load, the worst over the uses. Returns the first size at which nobody waits, at most POOL_CURVE_MAX. */
static int solve_curve(struct arena *a, const struct pool_need *need, double load, double *curve, int *ret_cap)
{
        int last = 1, cap = 1;
        for (size_t u = 0; u < need->n; u++) {
                const struct pool_traffic *t = &need->traffic[u];
                if (checkouts_of(t) < POOL_CHECKOUTS_MIN)
                        continue;
                struct pool_load l = draw(a, t, load);
                for (int size = 1; size <= POOL_CURVE_MAX; size++) {
                        struct pool_wait w = {.p95_ms = INFINITY, .p99_ms = INFINITY};
                        if (stable(&l, t, load, size))
                                w = pool_sim(&l, (struct pool_shape){.size = size});
                        curve[size] = fmax(curve[size], w.p95_ms);
                        if (w.p99_ms > need->objective_ms && size + 1 > cap)
                                cap = size + 1;
                        if (size > last)
                                last = size;
                        if (w.p99_ms <= 0)
                                break;
                }
        }
        if (ret_cap)
                *ret_cap = cap < POOL_CURVE_MAX ? cap : POOL_CURVE_MAX;
        return last;
}

static int smallest_within(const double *curve, int last, double objective_ms)
{
        int size = last;
        while (size > 1 && curve[size - 1] <= objective_ms)
                size--;
        return size;
}

double pool_need_wait_ms(const struct pool_need *need, const double *curve, int size)
{
        return size < 1 ? NAN : size > need->curve ? 0 : curve[size];
}

/* The worst use by sampling error; and how many observations the thinnest sample has. */
static void sampling_error(struct pool_need *need)
{
        need->error_frac = 0;
        need->checkouts = INFINITY;
        for (size_t u = 0; u < need->n; u++) {
                double n = checkouts_of(&need->traffic[u]), mean, cv2;
                if (n < POOL_CHECKOUTS_MIN)
                        continue;
                pool_hist_moments(need->traffic[u].use, &mean, &cv2);
                need->error_frac = fmax(need->error_frac, sqrt((1 + cv2) / n));
                need->checkouts = fmin(need->checkouts, n);
        }
}

static double wait_now(struct arena *a, const struct pool_need *need, const struct pool_traffic *t, double load)
{
        struct pool_load l = draw(a, t, load);
        if (!stable(&l, t, load, need->size_now + need->overflow_now))
                return INFINITY;
        return pool_sim(&l, (struct pool_shape){.size = need->size_now, .overflow = need->overflow_now, .connect_ms = 10}).p95_ms;
}

/*
 * Poisson arrivals are the kindest: real ones come in bursts, and a saturated pool hides part of its demand. When the wait measured
 * at the present size is larger than predicted, the load is raised until the prediction meets it.
 */
static void explain_wait(struct arena *a, struct pool_need *need)
{
        need->burst = 1;
        if (need->size_now < 1)
                return;
        for (size_t u = 0; u < need->n; u++) {
                const struct pool_traffic *t = &need->traffic[u];
                double seen = t->wait_p95_ms;
                if (checkouts_of(t) < POOL_CHECKOUTS_MIN || !(seen > need->objective_ms) || wait_now(a, need, t, 1) >= seen / 1.5)
                        continue;
                if (wait_now(a, need, t, POOL_BURST_MAX) < seen / 3) {
                        need->unexplained = true;
                        continue;
                }
                double lo = 1, hi = POOL_BURST_MAX;
                for (int i = 0; i < 12; i++) {
                        double mid = (lo + hi) / 2;
                        *(wait_now(a, need, t, mid) < seen ? &lo : &hi) = mid;
                }
                need->burst = fmax(need->burst, hi);
        }
}

bool pool_need_solve(struct arena *a, struct pool_need *need)
{
        sampling_error(need);
        if (isinf(need->checkouts))
                return false;
        explain_wait(a, need);
        double spread = z95 * need->error_frac;
        int last_lo = solve_curve(a, need, need->burst * fmax(0.05, 1 - spread), need->wait_lo_ms, NULL);
        int last = solve_curve(a, need, need->burst, need->wait_ms, NULL);
        need->curve = solve_curve(a, need, need->burst * (1 + spread), need->wait_hi_ms, &need->cap);
        need->want_lo = smallest_within(need->wait_lo_ms, last_lo, need->objective_ms);
        need->want = smallest_within(need->wait_hi_ms, need->curve, need->objective_ms);
        need->curve = need->curve > last ? need->curve : last;
        return true;
}

/* What one more size saves, weighted. An overloaded pool counts as a minute of wait, and more the more it lacks. */
static double gain_of(const struct pool_slot *s)
{
        enum { OVERLOADED_MS = 60000 };
        double now = s->wait_ms[s->size], next = s->wait_ms[s->size + 1];
        now = isinf(now) ? 2 * OVERLOADED_MS : now;
        next = isinf(next) ? 2 * OVERLOADED_MS - 1000 : next;
        return (now - next) * fmax(s->weight, 1e-3) / s->processes;
}

double pool_allocate(struct pool_slot *slots, size_t n, double budget)
{
        double used = 0;
        for (size_t i = 0; i < n; i++) {
                slots[i].size = 1;
                used += slots[i].processes;
        }
        for (;;) {
                struct pool_slot *best = NULL;
                for (size_t i = 0; i < n; i++) {
                        struct pool_slot *s = &slots[i];
                        if (s->size < s->want && used + s->processes <= budget && (!best || gain_of(s) > gain_of(best)))
                                best = s;
                }
                if (!best)
                        return used;
                best->size++;
                used += best->processes;
        }
}
