#include "model/shift.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 7 + SHIFT_REGIMES - 1 };
static const double clip_fit = 3, clip_test = 3.5, clip_solid = 7, regime_points = 5, rho_weight = 60;

/* The reference's design, whitened: normal equations in place of the tall matrix. */
struct fit {
        size_t n, columns;
        bool weekdays;               /* a column each; else one for the level */
        int regimes[SHIFT_REGIMES];  /* that have a level; the first is part of the others' */
        size_t n_regimes;
        double rho, sigma;
        double beta[COLUMNS], inverse[COLUMNS][COLUMNS];
};

struct row {
        double y, x[COLUMNS];
        double scale;     /* 1 / the deviation of the fresh part, in units of the noise's */
        double carry;     /* rho^gap, 0 for the first */
};

/* ── Design ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static double level_of(const struct shift_point *p, enum shift_scale scale)
{
        return scale == SHIFT_LOG ? log(p->value) : p->value;
}

static int weekday_of(int64_t day)
{
        return (int)(((day % 7) + 7) % 7);
}

/* Regimes by frequency; one seen on fewer than five nights has no level that could be known. */
static void count_regimes(const struct shift_point *p, size_t n, struct fit *f)
{
        struct { int regime; size_t n; } seen[32] = {0};
        size_t kinds = 0;
        for (size_t i = 0; i < n; i++) {
                size_t k = 0;
                while (k < kinds && seen[k].regime != p[i].regime)
                        k++;
                if (k == kinds && kinds < sizeof seen / sizeof *seen)
                        seen[kinds++].regime = p[i].regime;
                if (k < kinds)
                        seen[k].n++;
        }
        while (f->n_regimes < SHIFT_REGIMES) {
                size_t best = 0;
                for (size_t k = 1; k < kinds; k++)
                        if (seen[k].n > seen[best].n)
                                best = k;
                if (!kinds || (f->n_regimes && (double)seen[best].n < regime_points) || !seen[best].n)
                        return;
                f->regimes[f->n_regimes++] = seen[best].regime;
                seen[best].n = 0;
        }
}

static int regime_index(const struct fit *f, int regime)
{
        for (size_t i = 0; i < f->n_regimes; i++)
                if (f->regimes[i] == regime)
                        return (int)i;
        return -1;
}

/* A weekday has an effect of its own once each was seen three times. */
static void choose_columns(const struct shift_point *p, size_t n, struct fit *f)
{
        size_t seen[7] = {0}, least = n;
        for (size_t i = 0; i < n; i++)
                seen[weekday_of(p[i].day)]++;
        for (int d = 0; d < 7; d++)
                least = seen[d] < least ? seen[d] : least;
        f->weekdays = least >= 3;
        f->columns = (f->weekdays ? 7 : 1) + (f->n_regimes ? f->n_regimes - 1 : 0);
}

static void fill(const struct fit *f, const struct shift_point *p, int regime, double *x)
{
        memset(x, 0, COLUMNS * sizeof *x);
        x[f->weekdays ? weekday_of(p->day) : 0] = 1;
        if (regime > 0)
                x[(f->weekdays ? 7 : 1) + regime - 1] = 1;
}

/* ── Least squares ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* Inverse of a symmetric positive matrix by Gauss-Jordan; a column that nothing tells of gets no effect. */
static void invert(double m[COLUMNS][COLUMNS], size_t n, double out[COLUMNS][COLUMNS])
{
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < n; k++)
                        out[i][k] = i == k;
        for (size_t c = 0; c < n; c++) {
                double pivot = m[c][c];
                if (pivot < 1e-9) {
                        for (size_t k = 0; k < n; k++)
                                out[c][k] = 0;
                        continue;
                }
                for (size_t k = 0; k < n; k++) {
                        m[c][k] /= pivot;
                        out[c][k] /= pivot;
                }
                for (size_t r = 0; r < n; r++) {
                        double times = r == c ? 0 : m[r][c];
                        for (size_t k = 0; times != 0 && k < n; k++) {
                                m[r][k] -= times * m[c][k];
                                out[r][k] -= times * out[c][k];
                        }
                }
        }
}

static double predict(const struct fit *f, const double *x)
{
        double y = 0;
        for (size_t k = 0; k < f->columns; k++)
                y += f->beta[k] * x[k];
        return y;
}

static void solve(struct fit *f, const struct row *rows, size_t n)
{
        double m[COLUMNS][COLUMNS] = {{0}}, v[COLUMNS] = {0};
        for (size_t i = 0; i < n; i++)
                for (size_t r = 0; r < f->columns; r++) {
                        if (rows[i].x[r] == 0)
                                continue;
                        v[r] += rows[i].x[r] * rows[i].y;
                        for (size_t c = 0; c < f->columns; c++)
                                m[r][c] += rows[i].x[r] * rows[i].x[c];
                }
        invert(m, f->columns, f->inverse);
        for (size_t r = 0; r < f->columns; r++) {
                f->beta[r] = 0;
                for (size_t c = 0; c < f->columns; c++)
                        f->beta[r] += f->inverse[r][c] * v[c];
        }
}

static double deviation(const struct fit *f, const struct row *rows, size_t n)
{
        double squares = 0;
        for (size_t i = 0; i < n; i++) {
                double r = rows[i].y - predict(f, rows[i].x);
                squares += r * r;
        }
        return n > f->columns ? sqrt(squares / (double)(n - f->columns)) : 0;
}

static int by_size(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static double robust_deviation(const struct fit *f, const struct row *rows, size_t n)
{
        double away[SHIFT_POINTS_MAX];
        for (size_t i = 0; i < n; i++)
                away[i] = fabs(rows[i].y - predict(f, rows[i].x));
        qsort(away, n, sizeof *away, by_size);
        return 1.4826 * away[n / 2];
}

static double clipped(double v, double most)
{
        return v > most ? most : v < -most ? -most : v;
}

/* Outliers of the past (a backup, a lock) are drawn to three deviations, so that they neither hide a step nor make one. */
static void solve_robustly(struct fit *f, struct row *rows, size_t n)
{
        solve(f, rows, n);
        for (int round = 0; round < 2; round++) {
                double s = robust_deviation(f, rows, n);
                if (!(s > 0))
                        break;
                for (size_t i = 0; i < n; i++) {
                        double fitted = predict(f, rows[i].x);
                        rows[i].y = fitted + clipped(rows[i].y - fitted, clip_fit * s);
                }
                solve(f, rows, n);
        }
        f->sigma = deviation(f, rows, n);
        f->n = n;
}

/* ── Whitening ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* p, and `before` it with its regime's index, or NULL: a row whose noise is as that of all others, and independent of theirs. */
static struct row whiten(const struct fit *f, enum shift_scale scale, const struct shift_point *p, int regime, const struct shift_point *before,
                         int regime_before)
{
        struct row row;
        double earlier[COLUMNS];
        fill(f, p, regime, row.x);
        row.y = level_of(p, scale);
        row.carry = before ? pow(f->rho, (double)(p->day - before->day)) : 0;
        row.scale = 1 / sqrt(1 - row.carry * row.carry);
        if (before) {
                fill(f, before, regime_before, earlier);
                row.y -= row.carry * level_of(before, scale);
                for (size_t k = 0; k < f->columns; k++)
                        row.x[k] -= row.carry * earlier[k];
        }
        row.y *= row.scale;
        for (size_t k = 0; k < f->columns; k++)
                row.x[k] *= row.scale;
        return row;
}

/* Nights whose plan has no level are left out, as missing ones are. */
static size_t whiten_reference(const struct fit *f, enum shift_scale scale, const struct shift_point *p, size_t n, struct row *rows)
{
        const struct shift_point *before = NULL;
        int regime_before = 0;
        size_t len = 0;
        for (size_t i = 0; i < n; i++) {
                int regime = regime_index(f, p[i].regime);
                if (regime < 0)
                        continue;
                rows[len++] = whiten(f, scale, &p[i], regime, before, regime_before);
                before = &p[i];
                regime_before = regime;
        }
        return len;
}

/* Residuals of neighbouring nights against each other, corrected for the effects that were fitted (each takes away about 1/n). */
static double autocorrelation(const struct fit *f, enum shift_scale scale, const struct shift_point *p, size_t n, double s)
{
        double products = 0, squares = 0, last = NAN;
        int64_t last_day = 0;
        size_t pairs = 0, all = 0;
        for (size_t i = 0; i < n; i++) {
                double x[COLUMNS];
                int regime = regime_index(f, p[i].regime);
                if (regime < 0)
                        continue;
                fill(f, &p[i], regime, x);
                double r = clipped(level_of(&p[i], scale) - predict(f, x), clip_fit * s);
                if (!isnan(last) && p[i].day == last_day + 1) {
                        products += r * last;
                        pairs++;
                }
                squares += r * r;
                last = r;
                last_day = p[i].day;
                all++;
        }
        if (pairs < 14 || !(squares > 0))
                return NAN;
        double rho = products / (double)pairs / (squares / (double)all);
        return rho + ((double)f->columns / 2 + 3 * rho) / (double)all;
}

static void fit_plain(struct fit *f, enum shift_scale scale, const struct shift_point *p, size_t n, double *ret_rho)
{
        struct row rows[SHIFT_POINTS_MAX];
        count_regimes(p, n, f);
        choose_columns(p, n, f);
        solve_robustly(f, rows, whiten_reference(f, scale, p, n, rows));
        *ret_rho = autocorrelation(f, scale, p, n, f->sigma);
}

static double within(double v, double lo, double hi)
{
        return v < lo ? lo : v > hi ? hi : v;
}

/* What this series tells of its autocorrelation, and what its kind does, by their weights; unknown is taken for 0.3. */
static double mixed_rho(double own, double kind, size_t n)
{
        double prior = isnan(kind) ? 0.3 : kind;
        double rho = isnan(own) ? prior : (own * (double)n + prior * rho_weight) / ((double)n + rho_weight);
        return within(rho, 0, 0.8);
}

static struct fit fit_reference(const struct shift_point *p, size_t n, const struct shift_options *o)
{
        struct fit f = {0};
        struct row rows[SHIFT_POINTS_MAX];
        double own;
        fit_plain(&f, o->scale, p, n, &own);
        f.rho = mixed_rho(own, o->rho, n);
        solve_robustly(&f, rows, whiten_reference(&f, o->scale, p, n, rows));
        f.sigma = fmax(f.sigma, o->sigma_floor);
        return f;
}

/* ── The test ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Student's t as a standard normal: D. L. Wallace (1959), within 0.2 % where it matters. */
static double normal_of_t(double t, double df)
{
        return copysign((8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t * t / df)), t);
}

static double t_of_normal(double z, double df)
{
        double w = z * (8 * df + 3) / (8 * df + 1);
        return copysign(sqrt(df * expm1(w * w / df)), z);
}

struct step {
        double size, deviation, score;
};

/* The step that begins at tested row `from`; rows are whitened, residuals clipped. */
static struct step step_at(const struct fit *f, const struct row *rows, const double *residuals, size_t from, size_t n)
{
        double numerator = 0, weight = 0, lean[COLUMNS] = {0}, doubt = 0;
        for (size_t i = from; i < n; i++) {
                double d = (i == from ? 1 : 1 - rows[i].carry) * rows[i].scale;
                numerator += d * residuals[i];
                weight += d * d;
                for (size_t k = 0; k < f->columns; k++)
                        lean[k] += d * rows[i].x[k];
        }
        for (size_t r = 0; r < f->columns; r++)
                for (size_t c = 0; c < f->columns; c++)
                        doubt += lean[r] * f->inverse[r][c] * lean[c];
        double df = (double)(f->n - f->columns), s = f->sigma * sqrt(weight + doubt);
        return (struct step){numerator / weight, s / weight, normal_of_t(numerator / s, df)};
}

/* Rows of the window. A plan that has no level is judged as the one before it: what a new plan does is news. */
static size_t whiten_window(const struct fit *f, enum shift_scale scale, const struct shift_point *p, size_t reference, size_t n, struct row *rows)
{
        int regime_before = 0;
        const struct shift_point *before = NULL;
        for (size_t i = reference; i-- > 0 && !before;)
                if (regime_index(f, p[i].regime) >= 0) {
                        before = &p[i];
                        regime_before = regime_index(f, p[i].regime);
                }
        for (size_t i = reference; i < n; i++) {
                int regime = regime_index(f, p[i].regime);
                regime = regime < 0 ? regime_before : regime;
                rows[i - reference] = whiten(f, scale, &p[i], regime, before, regime_before);
                before = &p[i];
                regime_before = regime;
        }
        return n - reference;
}

static double shown(double step, enum shift_scale scale)
{
        return scale == SHIFT_LOG ? exp(step) : step;
}

/* Of so many nights in a row about a step, in units of one night's variance. */
static double information(double rho, double nights)
{
        return (1 + (nights - 1) * (1 - rho) * (1 - rho)) / (1 - rho * rho);
}

static void choose(const struct fit *f, const struct shift_point *window, const struct row *rows, size_t n, const struct shift_options *o, struct shift *s)
{
        double residuals[SHIFT_POINTS_MAX], df = (double)(f->n - f->columns);
        for (size_t i = 0; i < n; i++)
                residuals[i] = clipped(rows[i].y - predict(f, rows[i].x), (window[i].looks >= SHIFT_SOLID ? clip_solid : clip_test) * f->sigma);
        for (size_t from = 0; from < n; from++) {
                if (from + 1 == n && window[from].looks < SHIFT_SOLID)
                        break;
                struct step t = step_at(f, rows, residuals, from, n);
                if (fabs(t.score) <= fabs(s->score))
                        continue;
                double half = t_of_normal(1.959964, df) * t.deviation;
                *s = (struct shift){.since = window[from].day, .nights = n - from, .step = shown(t.size, o->scale), .score = t.score,
                                    .lo = shown(t.size - half, o->scale), .hi = shown(t.size + half, o->scale)};
        }
        s->status = s->score > o->limit ? SHIFT_UP : s->score < -o->limit ? SHIFT_DOWN : SHIFT_STEADY;
}

static double usual_now(const struct fit *f, const struct shift_point *last, enum shift_scale scale)
{
        double x[COLUMNS];
        int regime = regime_index(f, last->regime);
        fill(f, last, regime < 0 ? 0 : regime, x);
        return shown(predict(f, x), scale);
}

static bool usable(const struct shift_point *p, enum shift_scale scale)
{
        return scale == SHIFT_LINEAR ? isfinite(p->value) : p->value > 0 && isfinite(p->value);
}

/* The usable points of the last SHIFT_POINTS_MAX days; *ret_reference of them are before the window. */
static size_t recent(const struct shift_point *points, size_t n, enum shift_scale scale, struct shift_point *out, size_t *ret_reference)
{
        size_t len = 0;
        *ret_reference = 0;
        for (size_t i = 0; i < n; i++) {
                int64_t age = points[n - 1].day - points[i].day;
                if (age >= SHIFT_POINTS_MAX || !usable(&points[i], scale))
                        continue;
                *ret_reference += age >= SHIFT_WINDOW;
                out[len++] = points[i];
        }
        return len;
}

/* A young series has a short window: two thirds of it are the past, at least SHIFT_POINTS_MIN nights. */
static size_t split(size_t n, size_t reference)
{
        size_t most = n * 2 / 3 > SHIFT_POINTS_MIN ? n * 2 / 3 : SHIFT_POINTS_MIN;
        return reference > most ? reference : most;
}

struct shift shift_judge(const struct shift_point *points, size_t n, const struct shift_options *o)
{
        struct shift_point p[SHIFT_POINTS_MAX];
        struct row rows[SHIFT_POINTS_MAX];
        struct shift s = {.step = NAN, .lo = NAN, .hi = NAN, .usual = NAN};
        size_t reference, len = recent(points, n, o->scale, p, &reference);
        reference = split(len, reference);
        if (len < reference + 2) {
                s.missing = reference + 2 - len;
                return s;
        }
        struct fit f = fit_reference(p, reference, o);
        if (f.n < f.columns + 5) {
                s.missing = f.columns + 5 - f.n;
                return s;
        }
        choose(&f, p + reference, rows, whiten_window(&f, o->scale, p, reference, len, rows), o, &s);
        s.usual = usual_now(&f, &p[len - 1], o->scale);
        s.sigma = f.sigma;
        s.rho = f.rho;
        s.findable = shown((o->limit + 1.2816) * f.sigma / sqrt(information(f.rho, 7)), o->scale);
        return s;
}

double shift_rho(const struct shift_point *points, size_t n, enum shift_scale scale)
{
        struct shift_point p[SHIFT_POINTS_MAX];
        size_t reference, len = recent(points, n, scale, p, &reference);
        struct fit f = {0};
        double rho;
        if (len < 28)
                return NAN;
        fit_plain(&f, scale, p, len, &rho);
        return rho;
}

/* The chart of one series gives up to eight times as many alerts as a single test at the same limit: measured, docs/models/shift.md. */
double shift_limit(double series)
{
        const double tests = 8, nights = 30;
        double wanted = 1 / (tests * nights * fmax(series, 1)), lo = 0, hi = 38;
        for (int i = 0; i < 60; i++) {
                double z = (lo + hi) / 2;
                *(0.5 * erfc(z * M_SQRT1_2) > wanted ? &lo : &hi) = z;
        }
        return hi;
}
