#include "model/compare.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[VERDICT_COUNT] = {"unknown", "same", "better", "worse"};

enum { BLOCKS_MAX = 120 };
static const double z975 = 1.959964;

/* Student's t at 97.5 % by the Cornish-Fisher expansion; exact to 1 % from 3 degrees of freedom. */
static double t975(double df)
{
        double z = z975, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
        if (df < 3)
                df = 3;
        return z + (z3 + z) / (4 * df) + (5 * z5 + 16 * z3 + 3 * z) / (96 * df * df) +
               (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * df * df * df);
}

double compare_hist_quantile_ms(const struct hist *h, double q)
{
        double want = q * (double)h->count, seen = 0;
        for (int b = 0; b < HIST_BUCKETS; b++) {
                double n = (double)h->n[b];
                if (n > 0 && seen + n >= want)
                        return exp2((b + (want - seen) / n) / 16) / 1000;
                seen += n;
        }
        return NAN;
}

static enum verdict judge(double lo, double hi)
{
        return isnan(lo) || isnan(hi) ? VERDICT_UNKNOWN : hi < 0 ? VERDICT_BETTER : lo > 0 ? VERDICT_WORSE : VERDICT_SAME;
}

void compare_flip(struct compare_result *r)
{
        r->verdict = r->verdict == VERDICT_BETTER ? VERDICT_WORSE : r->verdict == VERDICT_WORSE ? VERDICT_BETTER : r->verdict;
}

/* ── Block bootstrap ────────────────────────────────────────────────────────────────────────────────────────────── */
/* At most BLOCKS_MAX blocks: neighbours are merged, which also lengthens the blocks of a long capture. */
static struct compare_side thin(struct arena *a, struct compare_side s)
{
        size_t step = (s.n + BLOCKS_MAX - 1) / BLOCKS_MAX;
        if (step <= 1)
                return s;
        size_t n = (s.n + step - 1) / step;
        struct compare_block *blocks = arena_alloc(a, n * sizeof *blocks);
        for (size_t i = 0; i < s.n; i++) {
                struct compare_block *b = &blocks[i / step];
                b->num += s.blocks[i].num;
                b->den += s.blocks[i].den;
                if (!s.blocks[i].hist)
                        continue;
                if (!b->hist)
                        b->hist = arena_new_of(a, struct hist);
                hist_merge((struct hist *)b->hist, s.blocks[i].hist);
        }
        return (struct compare_side){blocks, n};
}

static size_t block_length(size_t n)
{
        size_t l = (size_t)ceil(cbrt((double)n) - 1e-9);
        return l > 1 ? l : 1;
}

struct statistic {
        double q; /* a quantile; NAN: the ratio */
};

static void add_block(struct hist *h, double *num, double *den, const struct compare_block *b)
{
        if (b->hist)
                hist_merge(h, b->hist);
        *num += b->num;
        *den += b->den;
}

/*
 * Latencies differ by factors, so their change is judged as one: the logarithm of after / before, shown at the scale of before. Ratios
 * differ by points.
 */
static double change_of(struct statistic st, double before, double after)
{
        return isnan(st.q) ? after - before : log(after / before);
}

static double shown(struct statistic st, double before, double change)
{
        return isnan(st.q) ? change : before * (exp(change) - 1);
}

static double value_of(struct statistic st, const struct hist *h, double num, double den)
{
        return isnan(st.q) ? num / den : compare_hist_quantile_ms(h, st.q);
}

static double estimate(struct compare_side s, struct statistic st, double *ret_n, struct hist *h)
{
        double num = 0, den = 0;
        memset(h, 0, sizeof *h);
        for (size_t i = 0; i < s.n; i++)
                add_block(h, &num, &den, &s.blocks[i]);
        *ret_n = isnan(st.q) ? den : (double)h->count;
        return *ret_n > 0 ? value_of(st, h, num, den) : NAN;
}

/* One resample: runs of neighbouring blocks from random starts, around the end, until there are as many as before. */
static double resample(struct compare_side s, struct statistic st, struct rng *rng, struct hist *h)
{
        double num = 0, den = 0;
        size_t length = block_length(s.n), start = 0;
        memset(h, 0, sizeof *h);
        for (size_t i = 0; i < s.n; i++) {
                if (i % length == 0)
                        start = rng_below(rng, s.n);
                add_block(h, &num, &den, &s.blocks[(start + i % length) % s.n]);
        }
        return value_of(st, h, num, den);
}

/* Few blocks make the bootstrap too sure of itself: the factor by which its interval is widened. */
static double widening(size_t n)
{
        double blocks = (double)n / (double)block_length(n);
        if (blocks < 2)
                blocks = 2;
        return t975(blocks - 1) / z975 * sqrt(blocks / (blocks - 1));
}

static struct compare_result bootstrap(struct arena *a, struct compare_side before, struct compare_side after, struct statistic st, uint64_t seed)
{
        struct compare_result r = {.before = NAN, .after = NAN, .lo = NAN, .hi = NAN, .method = "moving-block bootstrap over intervals"};
        struct hist *h = arena_new_of(a, struct hist);
        before = thin(a, before);
        after = thin(a, after);
        r.before = estimate(before, st, &r.n_before, h);
        r.after = estimate(after, st, &r.n_after, h);
        if (!(r.n_before > 0) || !(r.n_after > 0)) {
                r.reason = r.n_before > 0 ? "not observed after" : r.n_after > 0 ? "not observed before" : "not observed";
                return r;
        }
        if (before.n < COMPARE_BLOCKS_MIN || after.n < COMPARE_BLOCKS_MIN) {
                r.reason = "capture too short: fewer than 4 intervals";
                return r;
        }
        double *diff = arena_alloc(a, COMPARE_RESAMPLES * sizeof *diff);
        struct rng rng;
        rng_seed(&rng, seed);
        size_t n = 0;
        for (int i = 0; i < COMPARE_RESAMPLES; i++) {
                double b = resample(before, st, &rng, h), c = resample(after, st, &rng, h);
                if (!isnan(b) && !isnan(c))
                        diff[n++] = change_of(st, b, c);
        }
        qsort(diff, n, sizeof *diff, num_compare);
        double centre = change_of(st, r.before, r.after), wide = widening(before.n < after.n ? before.n : after.n);
        r.lo = shown(st, r.before, centre + (num_quantile(diff, n, 0.025) - centre) * wide);
        r.hi = shown(st, r.before, centre + (num_quantile(diff, n, 0.975) - centre) * wide);
        r.verdict = judge(r.lo, r.hi);
        return r;
}

struct compare_result compare_quantile(struct arena *a, struct compare_side before, struct compare_side after, double q, uint64_t seed)
{
        return bootstrap(a, before, after, (struct statistic){q}, seed);
}

struct compare_result compare_ratio(struct arena *a, struct compare_side before, struct compare_side after, uint64_t seed)
{
        return bootstrap(a, before, after, (struct statistic){NAN}, seed);
}

/* ── Rank test ──────────────────────────────────────────────────────────────────────────────────────────────────── */
struct ranked {
        double v;
        bool second;
};

static int by_value(const void *a, const void *b)
{
        double x = ((const struct ranked *)a)->v, y = ((const struct ranked *)b)->v;
        return (x > y) - (x < y);
}

double compare_mann_whitney(struct arena *a, const double *x, size_t nx, const double *y, size_t ny)
{
        size_t n = nx + ny;
        struct ranked *all = arena_alloc(a, (n + 1) * sizeof *all);
        for (size_t i = 0; i < n; i++)
                all[i] = i < nx ? (struct ranked){x[i], false} : (struct ranked){y[i - nx], true};
        qsort(all, n, sizeof *all, by_value);
        double ranks = 0, ties = 0;
        for (size_t i = 0, j; i < n; i = j) {
                for (j = i; j < n && all[j].v == all[i].v; j++)
                        ;
                double t = (double)(j - i), rank = (double)(i + 1 + j) / 2;
                ties += t * t * t - t;
                for (size_t k = i; k < j; k++)
                        ranks += all[k].second ? 0 : rank;
        }
        double dx = (double)nx, dy = (double)ny, dn = (double)n, u = ranks - dx * (dx + 1) / 2;
        double variance = dx * dy / 12 * (dn + 1 - ties / (dn * (dn - 1)));
        if (!(variance > 0))
                return 1;
        double z = (fabs(u - dx * dy / 2) - 0.5) / sqrt(variance);
        return z <= 0 ? 1 : erfc(z / sqrt(2));
}

struct compare_result compare_samples(struct arena *a, const double *before, size_t nb, const double *after, size_t na)
{
        struct compare_result r = {.before = NAN, .after = NAN, .lo = NAN, .hi = NAN, .n_before = (double)nb, .n_after = (double)na,
                                   .method = "Mann-Whitney, Hodges-Lehmann shift"};
        if (nb < COMPARE_SAMPLES_MIN || na < COMPARE_SAMPLES_MIN) {
                r.reason = "fewer than 4 observations on a side";
                return r;
        }
        size_t n = nb * na;
        double *d = arena_alloc(a, n * sizeof *d);
        for (size_t i = 0; i < nb; i++)
                for (size_t k = 0; k < na; k++)
                        d[i * na + k] = after[k] - before[i];
        qsort(d, n, sizeof *d, num_compare);
        /* The order statistics of all pairwise differences that invert the test (Conover 1999, 5.4). */
        double k = (double)n / 2 - z975 * sqrt((double)n * (double)(nb + na + 1) / 12);
        size_t cut = k < 1 ? 0 : (size_t)k - 1;
        r.lo = d[cut];
        r.hi = d[n - 1 - cut];
        r.verdict = compare_mann_whitney(a, before, nb, after, na) > 0.05 ? VERDICT_SAME : judge(r.lo, r.hi);
        return r;
}

/* ── Welch ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
struct compare_result compare_means(struct compare_mean b, struct compare_mean c)
{
        struct compare_result r = {.before = b.mean, .after = c.mean, .lo = NAN, .hi = NAN, .n_before = b.n, .n_after = c.n,
                                   .method = "Welch's interval on the mean of a call"};
        if (!(b.n >= 10) || !(c.n >= 10) || isnan(b.stddev) || isnan(c.stddev)) {
                r.reason = "fewer than 10 calls on a side";
                return r;
        }
        double vb = b.stddev * b.stddev / b.n, vc = c.stddev * c.stddev / c.n, v = vb + vc;
        double df = v > 0 ? v * v / (vb * vb / (b.n - 1) + vc * vc / (c.n - 1)) : 1e9;
        r.lo = c.mean - b.mean - t975(df) * sqrt(v);
        r.hi = c.mean - b.mean + t975(df) * sqrt(v);
        r.verdict = judge(r.lo, r.hi);
        return r;
}
