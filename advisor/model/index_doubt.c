#include "model/index_doubt.h"
#include "model/index_search.h"
#include "model/index_worth.h"

#include <math.h>
#include <string.h>

#define NEAR 1.12       /* costs within this are as good as equal: what hypothetical indexes are off by */
#define NEAR_RISE 1.3   /* of the work before: a near plan that is worse than this is doubted */
#define NEAR_PART 0.002 /* of the whole load: less is not looked at */
#define CHANCE 0.5      /* that it comes true */

enum { TRIES = 12, SCATTER_TRIES = 4 };

struct doubt {
        size_t statement;
        const struct index_answer *plan;
        double lost; /* load */
};

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

static bool uses_only(const struct index_answer *a, struct index_set set)
{
        for (int i = 0; i < a->used_count; i++)
                if (!index_set_has(set, a->used[i]))
                        return false;
        return true;
}

/* What the statement would lose if the worst near plan came true. */
static double loss_of(const struct selector *sel, size_t s, struct index_set set, const struct index_answer *now, const struct index_answer **ret_plan)
{
        const struct index_answer *before = &sel->out->before[s];
        double worst = 0;
        for (size_t i = 0; i < sel->plans[s].v.len; i++) {
                const struct index_answer *a = sel->plans[s].v.items[i];
                if (a->cost_pg > NEAR * now->cost_pg)
                        break;
                if (!(a->work_ms > NEAR_RISE * before->work_ms) || !strcmp(a->plan_hash, now->plan_hash) || !uses_only(a, set))
                        continue;
                double lost = CHANCE * sel->in->statements[s].load_frac * (a->work_ms / before->work_ms - 1);
                if (lost > worst) {
                        worst = lost;
                        *ret_plan = a;
                }
        }
        return worst;
}

static void leave_in_doubt(struct selector *sel, const int *members, int count, const char *text)
{
        int *kept = arena_alloc(sel->in->arena, ((size_t)count + 1) * sizeof *kept);
        memcpy(kept, members, (size_t)count * sizeof *kept);
        *vec_push(sel->in->arena, &sel->out->doubted) = (struct index_doubted){kept, count, text};
}

/* ── Scattered joins ───────────────────────────────────────────────────────────────────────────────────────────────── */

#define SCATTER_ROWS 100.0   /* a key that many rows share, lying anywhere */
#define SCATTER_PAGES 8192.0 /* a table larger than the processor's cache */
#define SCATTER_SHARE 0.2    /* of the table, that such a join may fetch row by row */
#define SCATTER_NS 1700.0    /* plan_work.c */

static bool reads_only(const struct index_statement *st, size_t table, const struct index_columns *c)
{
        if (st->shape.tables.items[table].star)
                return false;
        for (size_t i = 0; i < st->shape.reads.len; i++) {
                const struct shape_column *r = &st->shape.reads.items[i];
                bool found = r->table != (int)table;
                for (int k = 0; k < c->key_count && !found; k++)
                        found = c->keys[k].column && !strcmp(c->keys[k].column, r->column);
                for (int k = 0; k < c->include_count && !found; k++)
                        found = !strcmp(c->include[k], r->column);
                if (!found)
                        return false;
        }
        return true;
}

/* Rows by such an index are fetched one by one from all over the table, and hypothetical ones are priced too high to show it. */
static bool scatters(const struct selector *sel, const struct index_statement *st, const struct index_candidate *c)
{
        const struct index_key *key = &c->columns.keys[0];
        const struct fact_column *col = key->column && !c->special ? index_catalog_column(sel->in->catalog, c->table->oid, key->column) : NULL;
        double distinct = index_catalog_distinct(c->table, col);
        if (!col || isnan(distinct) || c->table->rows / fmax(1, distinct) < SCATTER_ROWS || c->table->pages < SCATTER_PAGES || fabs(col->correlation) > 0.3)
                return false;
        for (size_t i = 0; i < st->shape.conditions.len; i++) {
                const struct shape_condition *k = &st->shape.conditions.items[i];
                if (k->kind == SHAPE_JOIN && st->tables[k->table] == c->table && !strcmp(k->column, key->column) && !reads_only(st, (size_t)k->table, &c->columns))
                        return true;
        }
        return false;
}

static double scatter_loss(const struct selector *sel, size_t s, struct index_set set, const struct index_answer *now, int *ret_member)
{
        const struct index_statement *st = &sel->in->statements[s];
        const struct index_answer *before = &sel->out->before[s];
        if (!(now->cost_pg > INDEX_SETTLED * before->cost_pg))
                return 0;
        for (int i = 0; i < set.count; i++) {
                const struct index_candidate *c = selector_candidate(sel, set.items[i]);
                if (index_set_has((struct index_set){now->used, now->used_count}, set.items[i]) || !scatters(sel, st, c))
                        continue;
                double times = SCATTER_SHARE * c->table->rows * SCATTER_NS / 1e6 / before->work_ms;
                *ret_member = set.items[i];
                return times > NEAR_RISE ? CHANCE * st->load_frac * (times - 1) : 0;
        }
        return 0;
}

static const char *scatter_text(struct selector *sel, size_t s, int member, bool left_out)
{
        const struct index_candidate *c = selector_candidate(sel, member);
        return arena_printf(sel->in->arena, "%s%s %s: statement %s joins by it and hardly gains; a plan that fetches scattered rows by it is about as good by its cost, and may"
                            " be several times slower", c->table->name, c->text, left_out ? "is left out" : "stays in doubt, since it saves more (verify watches it)",
                            sel->in->statements[s].fact->queryid);
}

/* Leaves members out as long as statements would lose more by them than they save. */
static void avoid_scatter(struct selector *sel)
{
        int room[INDEX_SET_MAX], tries = 0;
        for (size_t s = 0; s < sel->in->n && tries < SCATTER_TRIES && !sel->failed && !sel->out->cut_short; s++) {
                int member = -1;
                if (sel->out->before[s].failure || !(sel->out->before[s].work_ms > 1))
                        continue;
                double lost = scatter_loss(sel, s, chosen_set(sel), index_ask_built(sel, s, chosen_set(sel)), &member);
                if (lost <= NEAR_PART * sel->scale)
                        continue;
                double missed = sel->out->net_frac - index_net_of(sel, without(chosen_set(sel), member, room));
                const char *text = scatter_text(sel, s, member, missed < lost);
                *vec_push(sel->in->arena, &sel->out->avoided) = text;
                if (missed >= lost) {
                        leave_in_doubt(sel, &member, 1, text);
                        continue;
                }
                sel->banned[member] = true;
                index_search(sel);
                tries++;
                s--; /* what took its place is looked at, too */
        }
}

/* ── Near plans ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* With each of its indexes hidden once, the planner shows what else it would take. */
static void look_around(struct selector *sel, size_t s, const struct index_answer *now)
{
        int room[INDEX_SET_MAX];
        for (int i = 0; i < now->used_count; i++)
                index_ask_built(sel, s, without(chosen_set(sel), now->used[i], room));
}

static bool find_doubt(struct selector *sel, const bool *accepted, struct doubt *ret)
{
        struct doubt worst = {.lost = NEAR_PART * sel->scale};
        for (size_t s = 0; s < sel->in->n && !sel->failed; s++) {
                if (accepted[s] || sel->out->before[s].failure || !sel->relevant[s].len || !(sel->out->before[s].work_ms > 1))
                        continue;
                const struct index_answer *plan = NULL, *now = index_ask_built(sel, s, chosen_set(sel));
                look_around(sel, s, now);
                double lost = loss_of(sel, s, chosen_set(sel), now, &plan);
                if (lost > worst.lost)
                        worst = (struct doubt){s, plan, lost};
        }
        *ret = worst;
        return worst.plan != NULL;
}

/* The member of the doubted plan that is missed least; false when each is worth more than the doubt. */
static bool find_member(struct selector *sel, const struct doubt *d, int *ret_member)
{
        int room[INDEX_SET_MAX];
        double least = INFINITY;
        for (int i = 0; i < d->plan->used_count; i++) {
                const struct index_answer *plan = NULL;
                struct index_set rest = without(chosen_set(sel), d->plan->used[i], room);
                double missed = sel->out->net_frac - index_net_of(sel, rest);
                double lost = loss_of(sel, d->statement, rest, index_ask_built(sel, d->statement, rest), &plan);
                if (missed + lost < least) {
                        least = missed + lost;
                        *ret_member = d->plan->used[i];
                }
        }
        return least < d->lost;
}

static const char *doubt_text(struct selector *sel, const struct doubt *d, int member)
{
        const struct index_answer *before = &sel->out->before[d->statement];
        const char *queryid = sel->in->statements[d->statement].fact->queryid;
        double times = d->plan->work_ms / before->work_ms;
        if (member < 0)
                return arena_printf(sel->in->arena, "a doubt that stays, since the indexes save more: statement %s may get a plan with %.1f times the work (cost %.0f, now"
                                    " %.0f); verify watches it", queryid, times, d->plan->cost_pg, before->cost_pg);
        return arena_printf(sel->in->arena, "%s%s is left out: with it, statement %s may get a plan that costs less (%.0f, now %.0f) and yet does %.1f times the work",
                            selector_candidate(sel, member)->table->name, selector_candidate(sel, member)->text, queryid, d->plan->cost_pg, before->cost_pg, times);
}

void index_avoid_doubts(struct selector *sel)
{
        int room[INDEX_SET_MAX];
        struct doubt d;
        bool *accepted = arena_alloc(sel->in->arena, sel->in->n + 1);
        for (int tries = 0; tries < TRIES && sel->out->count && !sel->failed && !sel->out->cut_short && find_doubt(sel, accepted, &d); tries++) {
                int member = -1;
                bool leave = find_member(sel, &d, &member);
                const char *text = doubt_text(sel, &d, leave ? member : -1);
                *vec_push(sel->in->arena, &sel->out->avoided) = text;
                if (!leave) {
                        leave_in_doubt(sel, d.plan->used, d.plan->used_count, text);
                        accepted[d.statement] = true;
                        continue;
                }
                sel->banned[member] = true;
                index_settle(sel, without(chosen_set(sel), member, room));
                index_regrow(sel);
        }
        avoid_scatter(sel);
}
