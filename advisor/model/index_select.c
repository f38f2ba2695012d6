#include "model/index_select.h"
#include "model/index_doubt.h"
#include "model/index_harvest.h"
#include "model/index_search.h"
#include "model/index_worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MERGE_ROOM = 4000, AVOID_MAX = 12 };

static struct index_set chosen_set(const struct selector *sel)
{
        return (struct index_set){sel->out->set, sel->out->count};
}

static struct index_set without(struct index_set set, int c, int *room)
{
        int n = 0;
        for (int i = 0; i < set.count; i++)
                if (set.items[i] != c)
                        room[n++] = set.items[i];
        return (struct index_set){room, n};
}

/* ── No regressions ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The statement that the set hurts most, or -1. */
static long worst_statement(struct selector *sel)
{
        long worst = -1;
        double worst_ratio = 0, ratio;
        for (size_t s = 0; s < sel->in->n; s++) {
                if (sel->out->before[s].failure)
                        continue;
                const struct index_answer *after = index_ask_built(sel, s, chosen_set(sel));
                if (!after->failure && index_hurts(&sel->out->before[s], after, &ratio) && ratio > worst_ratio) {
                        worst_ratio = ratio;
                        worst = (long)s;
                }
        }
        return worst;
}

static const char *statement_name(const struct selector *sel, size_t s)
{
        return sel->in->statements[s].fact->queryid;
}

/* Which member hurts the statement: the one without which it is best off. */
static int culprit(struct selector *sel, size_t s)
{
        int guilty = sel->out->set[0], room[INDEX_SET_MAX];
        double least = INFINITY;
        for (int i = 0; i < sel->out->count; i++) {
                double ratio;
                index_hurts(&sel->out->before[s], index_ask_built(sel, s, without(chosen_set(sel), sel->out->set[i], room)), &ratio);
                if (ratio < least) {
                        least = ratio;
                        guilty = sel->out->set[i];
                }
        }
        return guilty;
}

static const char *reason(struct selector *sel, int c, size_t s)
{
        const struct index_answer *before = &sel->out->before[s], *after = index_ask_built(sel, s, chosen_set(sel));
        const struct index_candidate *k = selector_candidate(sel, c);
        if (after->cost_pg > before->cost_pg)
                return arena_printf(sel->in->arena, "%s%s is left out: statement %s would cost %.1f instead of %.1f", k->table->name, k->text,
                                    statement_name(sel, s), after->cost_pg, before->cost_pg);
        return arena_printf(sel->in->arena, "%s%s is left out: the plan of statement %s would change to one that costs %.1f instead of %.1f, and yet does %.1f times the work"
                            " where the tables are in memory", k->table->name, k->text, statement_name(sel, s), after->cost_pg, before->cost_pg,
                            after->work_ms / before->work_ms);
}

static void avoid_regressions(struct selector *sel)
{
        int room[INDEX_SET_MAX];
        long s;
        for (int tries = 0; sel->out->count && !sel->failed && (s = worst_statement(sel)) >= 0; tries++) {
                int c = culprit(sel, (size_t)s);
                *vec_push(sel->in->arena, &sel->out->avoided) = reason(sel, c, (size_t)s);
                sel->banned[c] = true;
                index_settle(sel, without(chosen_set(sel), c, room));
                if (tries < AVOID_MAX) /* after that the set only shrinks */
                        index_regrow(sel);
        }
}

/* ── All of it ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void look_before(struct selector *sel)
{
        for (size_t s = 0; s < sel->in->n; s++) {
                sel->out->before[s] = *index_ask_exactly(sel, s, (struct index_set){0});
                if (sel->out->before[s].failure)
                        *vec_push(sel->in->arena, &sel->out->unplanned) =
                                arena_printf(sel->in->arena, "statement %s: %s", statement_name(sel, s), sel->out->before[s].failure);
        }
}

static int by_load(const void *x, const void *y)
{
        const double *a = x, *b = y;
        return *a < *b ? -1 : *a > *b;
}

/* One statement that runs into a time-out would else make all others look like nothing. */
static double scale_of(const struct index_choice_in *in)
{
        double *loads = arena_alloc(in->arena, (in->n + in->need_count + 1) * sizeof *loads), scale = 0;
        size_t n = 0;
        for (size_t s = 0; s < in->n; s++)
                loads[n++] = in->statements[s].load_frac;
        for (size_t k = 0; k < in->need_count; k++)
                loads[n++] = in->needs[k].gain_frac;
        if (n)
                qsort(loads, n, sizeof *loads, by_load);
        for (size_t i = 0; i < n; i++)
                scale += scale > 0 ? fmin(loads[i], scale) : loads[i];
        return scale;
}

/* Half of the statements take longer for the work that is seen in their plans, half less. */
static double work_scale_of(const struct selector *sel)
{
        double *ratios = arena_alloc(sel->in->arena, (sel->in->n + 1) * sizeof *ratios);
        size_t n = 0;
        for (size_t s = 0; s < sel->in->n; s++)
                if (sel->out->before[s].work_ms > 1 && sel->in->statements[s].fact->mean_ms > 0)
                        ratios[n++] = sel->in->statements[s].fact->mean_ms / sel->out->before[s].work_ms;
        if (n < 3)
                return NAN;
        qsort(ratios, n, sizeof *ratios, by_load);
        return ratios[n / 2];
}

static void prepare(struct selector *sel)
{
        const struct index_choice_in *in = sel->in;
        struct arena *a = in->arena;
        sel->capacity = in->pool->v.len + MERGE_ROOM;
        sel->known = arena_alloc(a, (in->n + 1) * sizeof *sel->known);
        sel->plans = arena_alloc(a, (in->n + 1) * sizeof *sel->plans);
        sel->relevant = arena_alloc(a, (in->n + 1) * sizeof *sel->relevant);
        sel->best_gain = arena_alloc(a, (in->n + 1) * sizeof *sel->best_gain);
        sel->users = arena_alloc(a, (sel->capacity + 1) * sizeof *sel->users);
        sel->banned = arena_alloc(a, (sel->capacity + 1) * sizeof *sel->banned);
        sel->useful = arena_alloc(a, (sel->capacity + 1) * sizeof *sel->useful);
        sel->write_frac = sel->out->write_frac = arena_alloc(a, (sel->capacity + 1) * sizeof *sel->write_frac);
        sel->out->before = arena_alloc(a, (in->n + 1) * sizeof *sel->out->before);
        sel->out->after = arena_alloc(a, (in->n + 1) * sizeof *sel->out->after);
        for (size_t s = 0; s < in->n; s++)
                sel->load += in->statements[s].load_frac;
        for (size_t k = 0; k < in->need_count; k++)
                sel->load += in->needs[k].gain_frac;
        sel->scale = scale_of(in);
        for (size_t c = 0; c < in->pool->v.len; c++)
                sel->write_frac[c] = index_write_load(in, &in->pool->v.items[c]);
}

int index_choose(const struct index_choice_in *in, struct index_choice *ret_choice, struct err *err)
{
        struct index_choice out = {0};
        struct selector sel = {.in = in, .out = &out, .err = err};
        prepare(&sel);
        look_before(&sel);
        sel.work_scale = work_scale_of(&sel);
        index_harvest(&sel);
        index_search(&sel);
        avoid_regressions(&sel);
        index_avoid_doubts(&sel);
        avoid_regressions(&sel);
        for (size_t s = 0; s < in->n; s++)
                out.after[s] = out.before[s].failure ? out.before[s] : *index_ask_built(&sel, s, chosen_set(&sel));
        index_ask_cases(&sel);
        if (sel.failed)
                return sel.failed;
        *ret_choice = out;
        return 0;
}
