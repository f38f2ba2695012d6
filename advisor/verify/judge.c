#include "verify/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 1 };
static const double guard_share = 0.01, guard_growth = 0.20;
static const double notable_share = 0.005, notable_ms = 0.05;

static struct compare_side side(const struct run_figure *f)
{
        return (struct compare_side){f->blocks.items, f->blocks.len};
}

static double largest(const double *v, size_t n)
{
        double m = NAN;
        for (size_t i = 0; i < n; i++)
                m = fmax(isnan(m) ? v[i] : m, v[i]);
        return m;
}

/* The slowest process decides how long a deploy takes; its change is judged by all of them. */
static struct compare_result compare_starts(struct arena *a, const struct run_figure *b, const struct run_figure *c)
{
        struct compare_result r = compare_samples(a, b->samples.items, b->samples.len, c->samples.items, c->samples.len);
        r.before = largest(b->samples.items, b->samples.len);
        r.after = largest(c->samples.items, c->samples.len);
        return r;
}

static struct compare_result compare_figure(struct arena *a, int id, const struct run_figure *b, const struct run_figure *c)
{
        if (id == FIGURE_START)
                return compare_starts(a, b, c);
        if (id == FIGURE_CACHE_HIT || id == FIGURE_MEMORY)
                return compare_ratio(a, side(b), side(c), SEED);
        return compare_quantile(a, side(b), side(c), 0.95, SEED);
}

static void judge_figure(struct arena *a, const struct config *config, int id, const struct run_figure *b, const struct run_figure *c,
                         struct verified_figure *f)
{
        bool more = figure_specs[id].more_is_better;
        f->r = compare_figure(a, id, b, c);
        f->target = config->objectives[id];
        f->source = c->source ? c->source : b->source;
        if (b->source && c->source && strcmp(b->source, c->source)) {
                f->r.verdict = VERDICT_UNKNOWN;
                f->r.reason = "before and after were read from different sources";
        }
        if (more)
                compare_flip(&f->r);
        f->met = more ? f->r.after > f->target : f->r.after < f->target;
        double growth = (f->r.after - f->r.before) / f->r.before;
        f->regression = f->r.verdict == VERDICT_WORSE && !f->met && fabs(growth) >= guard_growth;
}

static const struct run_statement *find(const struct run_samples *s, const struct run_statement *wanted)
{
        for (size_t i = 0; i < s->statements.len; i++)
                if (!strcmp(s->statements.items[i].queryid, wanted->queryid) && !strcmp(s->statements.items[i].target, wanted->target))
                        return &s->statements.items[i];
        return NULL;
}

static int by_change(const void *x, const void *y)
{
        const struct verified_statement *a = x, *b = y;
        double d = fabs(b->saved_ms) - fabs(a->saved_ms);
        return d > 0 ? 1 : d < 0 ? -1 : strcmp(a->after->queryid, b->after->queryid);
}

static double total_of(const struct run_samples *s)
{
        double ms = 0;
        for (size_t i = 0; i < s->statements.len; i++)
                ms += s->statements.items[i].total_ms;
        return ms;
}

/* Database time a second, over all statements of a run. */
static double load_of(const struct run_samples *s)
{
        double seconds = (double)(s->ended_us - s->started_us) / 1e6;
        return seconds > 0 ? total_of(s) / seconds : total_of(s);
}

static double share(double part_ms, double total_ms)
{
        return total_ms > 0 ? part_ms / total_ms : 0;
}

static bool is_notable(const struct verified_statement *s, double share_before_frac)
{
        return s->regression || (s->r.verdict >= VERDICT_BETTER && fmax(s->share_frac, share_before_frac) >= notable_share &&
                                 fabs(s->r.after - s->r.before) >= notable_ms);
}

/*
 * Growth counts only when it costs, against the busier of the two captures: once an index has taken away nine tenths of all time, an
 * insert that pays some microseconds for it is a large share of what is left, and no regression.
 */
static bool is_regression(const struct verified_statement *s, double seconds, double load_ms)
{
        double per_s = seconds > 0 ? seconds : 1;
        return s->r.verdict == VERDICT_WORSE && s->r.after >= s->r.before * (1 + guard_growth) &&
               s->after->total_ms / per_s >= guard_share * load_ms && -s->saved_ms / per_s >= guard_share * load_ms;
}

static void judge_statements(struct arena *a, const struct run_samples *before, const struct run_samples *after, struct verification *v)
{
        double load_ms = fmax(load_of(before), load_of(after)), seconds = (double)(after->ended_us - after->started_us) / 1e6;
        double total_ms = total_of(after), total_before_ms = total_of(before);
        for (size_t i = 0; i < after->statements.len; i++) {
                const struct run_statement *c = &after->statements.items[i], *b = find(before, c);
                if (!b)
                        continue;
                struct verified_statement s = {.before = b, .after = c, .r = compare_means(b->ms, c->ms),
                                               .share_frac = share(c->total_ms, total_ms),
                                               .saved_ms = (b->ms.mean - c->ms.mean) * c->ms.n};
                s.regression = is_regression(&s, seconds, load_ms);
                s.notable = is_notable(&s, share(b->total_ms, total_before_ms));
                v->regressions += s.regression;
                *vec_push(a, &v->statements) = s;
        }
        if (v->statements.len)
                qsort(v->statements.items, v->statements.len, sizeof *v->statements.items, by_change);
}

static enum verdict overall(const struct verification *v)
{
        size_t count[VERDICT_COUNT] = {0};
        for (int i = 0; i < FIGURE_COUNT; i++)
                count[v->figures[i].r.verdict]++;
        if (v->regressions)
                return VERDICT_WORSE;
        if (count[VERDICT_UNKNOWN] == FIGURE_COUNT)
                return VERDICT_UNKNOWN;
        return count[VERDICT_BETTER] ? VERDICT_BETTER : VERDICT_SAME;
}

struct verification *verification_judge(struct arena *a, const struct config *config, const struct run_samples *before, const struct run_samples *after)
{
        struct verification *v = arena_new_of(a, struct verification);
        for (int i = 0; i < FIGURE_COUNT; i++) {
                judge_figure(a, config, i, &before->figures[i], &after->figures[i], &v->figures[i]);
                v->regressions += v->figures[i].regression;
        }
        judge_statements(a, before, after, v);
        v->verdict = overall(v);
        return v;
}
