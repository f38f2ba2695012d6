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

/* How far the rank of a p95 in a sample of n may be off, at the same confidence as the load. */
static double rank_error(double n)
{
        return fmin(0.04, z95 * sqrt(0.95 * 0.05 / n));
}

/* A load, and where its answers go. */
struct curve_run {
        double load;
        double *p95_ms;          /* by size, the worst over the uses */
        struct pool_wait *at;    /* everything of the use that waits longest; may be NULL */
        int last;                /* first size at which nobody waits, at most POOL_CURVE_MAX */
        int cap;                 /* smallest whose p99 is within the objective */
};

static const struct pool_wait overloaded = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, 1, 0};

static bool is_needier(const struct pool_wait *a, const struct pool_wait *b)
{
        return a->p95_ms > b->p95_ms || (a->p95_ms >= b->p95_ms && a->latency_p95_ms > b->latency_p95_ms);
}

static void keep(struct curve_run *run, int size, const struct pool_wait *w, double objective_ms)
{
        run->p95_ms[size] = fmax(run->p95_ms[size], w->p95_ms);
        if (run->at && is_needier(w, &run->at[size]))
                run->at[size] = *w;
        if (w->p99_ms > objective_ms && size + 1 > run->cap)
                run->cap = size + 1;
        if (size > run->last)
                run->last = size;
}

static void solve_use(struct arena *a, const struct pool_need *need, const struct pool_traffic *t, struct curve_run *run)
{
        struct pool_load l = draw(a, t, run->load);
        double error = rank_error(checkouts_of(t));
        struct pool_wait w = overloaded;
        int size = 1;
        for (; size <= POOL_CURVE_MAX && (size == 1 || w.p99_ms > 0); size++) {
                if (stable(&l, t, run->load, size))
                        w = pool_sim_ranks(&l, (struct pool_shape){.size = size}, error);
                keep(run, size, &w, need->objective_ms);
        }
        /* Where this use waits no more, its latency is still one to compare others with. */
        for (; run->at && size <= POOL_CURVE_MAX; size++)
                if (is_needier(&w, &run->at[size]))
                        run->at[size] = w;
}

static int solve_curve(struct arena *a, const struct pool_need *need, double load, double *p95_ms, struct pool_wait *at, int *ret_cap)
{
        struct curve_run run = {.load = load, .p95_ms = p95_ms, .at = at, .last = 1, .cap = 1};
        for (size_t u = 0; u < need->n; u++)
                if (checkouts_of(&need->traffic[u]) >= POOL_CHECKOUTS_MIN)
                        solve_use(a, need, &need->traffic[u], &run);
        if (ret_cap)
                *ret_cap = run.cap < POOL_CURVE_MAX ? run.cap : POOL_CURVE_MAX;
        return run.last;
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

struct pool_wait pool_need_at(const struct pool_need *need, int size)
{
        return size < 1 ? pool_wait_unknown : need->at[size < POOL_CURVE_MAX ? size : POOL_CURVE_MAX];
}

/* The worst use by sampling error; and how many observations the thinnest sample has. */
static void sampling_error(struct pool_need *need)
{
        need->error_frac = need->offered = 0;
        need->checkouts = INFINITY;
        for (size_t u = 0; u < need->n; u++) {
                double n = checkouts_of(&need->traffic[u]), mean, cv2;
                if (n < POOL_CHECKOUTS_MIN)
                        continue;
                pool_hist_moments(need->traffic[u].use, &mean, &cv2);
                need->offered = fmax(need->offered, need->traffic[u].rate_hz * mean * need->traffic[u].hold_scale / 1000);
                need->error_frac = fmax(need->error_frac, fmax(sqrt((1 + cv2) / n), need->traffic[u].error_frac));
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
        struct pool_wait *lo = arena_alloc(a, sizeof need->at), *hi = arena_alloc(a, sizeof need->at);
        int last_lo = solve_curve(a, need, need->burst * fmax(0.05, 1 - spread), need->wait_lo_ms, lo, NULL);
        int last = solve_curve(a, need, need->burst, need->wait_ms, need->at, NULL);
        need->curve = solve_curve(a, need, need->burst * (1 + spread), need->wait_hi_ms, hi, &need->cap);
        need->want_lo = smallest_within(need->wait_lo_ms, last_lo, need->objective_ms);
        need->want = smallest_within(need->wait_hi_ms, need->curve, need->objective_ms);
        need->curve = need->curve > last ? need->curve : last;
        for (int size = 1; size <= POOL_CURVE_MAX; size++) {
                need->at[size].latency_p95_lo_ms = fmin(need->at[size].latency_p95_ms, lo[size].latency_p95_lo_ms);
                need->at[size].latency_p95_hi_ms = fmax(need->at[size].latency_p95_ms, hi[size].latency_p95_hi_ms);
        }
        for (need->knee = need->curve; need->knee > 1 && hi[need->knee - 1].latency_p95_ms <= POOL_KNEE * hi[need->curve].latency_p95_ms;)
                need->knee--;
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
