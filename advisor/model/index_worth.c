#include "model/index_worth.h"

#include <math.h>
#include <string.h>

/* What the weights are and where they come from: docs/models/index_gain.md. */
#define WRITE_MS 0.02        /* one entry into one B-tree: processor and WAL */
#define LOST_HOT_MS 0.05     /* an update that was HOT and no longer is: for each index of the table */
#define FLOOR_MS 0.02        /* of a call, whatever the plan */
#define CACHED 0.25          /* pages that are in memory cost a quarter of what random_page_cost says */
#define INCLUDE_MS 0.1       /* included columns must save that much a call: index-only scans live on VACUUM */
#define INCLUDE_APPEND_MS 0.01 /* where rows are only added, which VACUUM marks once and for all */
#define APPEND_FRAC 0.001    /* of the rows changed or deleted a day, at most */
#define FLIP_PENALTY 0.02    /* a plan that changes without a gain may be slower for real */
#define GAIN_RATIO 0.95      /* a cost above this part of the one before is no gain */
#define RISE_RATIO 1.005     /* a cost above this is a regression */
#define WORK_RISE 1.15       /* so is work above this, whatever the cost */
#define WORK_NIL_MS 0.2      /* below that, work is guessing */
#define WORK_TRUST 1.5       /* the second opinion may be that far off */
#define PRICE_PER_GB 0.002   /* of the load (its scale), so that size is never free */

static bool writes_into(const struct index_statement *s, const struct index_candidate *c)
{
        const struct index_columns *k = &c->columns;
        for (size_t w = 0; w < s->shape.writes.len; w++) {
                const struct shape_column *set = &s->shape.writes.items[w];
                if (s->tables[set->table] != c->table)
                        continue;
                for (int i = 0; i < k->key_count; i++)
                        if (k->keys[i].column && !strcmp(k->keys[i].column, set->column))
                                return true;
                for (int i = 0; i < k->include_count; i++)
                        if (!strcmp(k->include[i], set->column))
                                return true;
        }
        return false;
}

static double calls_hz(const struct index_statement *s)
{
        return s->load_frac * 1000 / s->fact->mean_ms;
}

/* An update of a column that no index has may stay within its page (HOT) and touch no index; one of an indexed column touches all. */
static double lost_hot_load(const struct index_choice_in *in, const struct index_candidate *c)
{
        double updates_hz = 0, hot = isnan(c->table->hot_frac) ? 0.5 : fmax(c->table->hot_frac, 0.5);
        size_t indexes;
        index_catalog_of_table(in->catalog, c->table->oid, &indexes);
        for (size_t i = 0; i < in->n; i++)
                if (in->statements[i].shape.writes.len && writes_into(&in->statements[i], c))
                        updates_hz += calls_hz(&in->statements[i]) * fmax(1, isnan(in->statements[i].fact->rows_per_call) ? 1 : in->statements[i].fact->rows_per_call);
        return updates_hz * hot * (double)(indexes + 1) * LOST_HOT_MS / 1000;
}

double index_write_load(const struct index_choice_in *in, const struct index_candidate *c)
{
        const struct fact_table *t = c->table;
        double ins = isnan(t->tup_ins_hz) ? 0 : t->tup_ins_hz, upd = isnan(t->tup_upd_hz) ? 0 : t->tup_upd_hz;
        double hot = isnan(t->hot_frac) ? 0 : t->hot_frac;
        double share = c->write_share > 0 ? c->write_share : 1;
        return (ins + upd * (1 - hot)) * share * WRITE_MS / 1000 + lost_hot_load(in, c);
}

static double work_ratio(const struct index_answer *before, const struct index_answer *after)
{
        if (!(before->work_ms > 0) || !(after->work_ms >= 0) || fmax(before->work_ms, after->work_ms) < WORK_NIL_MS)
                return NAN;
        return after->work_ms / before->work_ms;
}

bool index_hurts(const struct index_answer *before, const struct index_answer *after, double *ret_ratio)
{
        double cost = before->cost_pg > 0 ? after->cost_pg / before->cost_pg : NAN, work = work_ratio(before, after);
        bool same = !strcmp(before->plan_hash, after->plan_hash);
        if (ret_ratio)
                *ret_ratio = fmax(isnan(cost) ? 0 : cost, isnan(work) || same ? 0 : work);
        return cost > RISE_RATIO || (!same && work > WORK_RISE);
}

static bool only_grows(const struct fact_table *t)
{
        return t->tup_upd_hz >= 0 && t->tup_del_hz >= 0 && (t->tup_upd_hz + t->tup_del_hz) * 86400 <= APPEND_FRAC * t->rows;
}

/* What an index-only scan must save beside: rows that changed since VACUUM are looked up all the same. */
static double include_ms(const struct selector *sel, const struct index_answer *a)
{
        double most = 0;
        for (int i = 0; i < a->used_count; i++) {
                const struct index_candidate *c = selector_candidate(sel, a->used[i]);
                if (c->columns.include_count)
                        most = fmax(most, only_grows(c->table) ? INCLUDE_APPEND_MS : INCLUDE_MS);
        }
        return most;
}

/* The share of its time that cost says is left, drawn to what the second opinion says where all was in memory; never below what any call takes. */
double index_load_after(const struct selector *sel, size_t statement, const struct index_answer *after)
{
        const struct index_statement *s = &sel->in->statements[statement];
        const struct index_answer *before = &sel->out->before[statement];
        double ratio = after->cost_pg / before->cost_pg, work = work_ratio(before, after);
        bool cached = s->fact->shared_read_per_call < 1;
        if (!isnan(work))
                ratio = work < 1 ? ratio : (ratio + work) / 2;
        double left_ms = s->fact->mean_ms * ratio;
        if (cached && isnan(work))
                left_ms *= CACHED;
        if (cached && work < 0.1 * after->cost_pg / before->cost_pg && sel->work_scale > 0)
                left_ms = fmin(left_ms, WORK_TRUST * sel->work_scale * after->work_ms); /* a hundred times cheaper may be a thousand times faster */
        left_ms += include_ms(sel, after);
        return s->load_frac * fmin(1, (left_ms + FLOOR_MS) / s->fact->mean_ms); /* a sum: of two that are short, one is still shorter */
}

double index_gain_by(const struct selector *sel, size_t statement, const struct index_answer *after)
{
        const struct index_answer *before = &sel->out->before[statement];
        double load = sel->in->statements[statement].load_frac, hurt;
        if (isnan(after->cost_pg) || !(before->cost_pg > 0))
                return 0;
        if (index_hurts(before, after, &hurt))
                return -2 * load * (hurt - 1);
        if (after->used_count && after->cost_pg <= GAIN_RATIO * before->cost_pg)
                return load - index_load_after(sel, statement, after);
        return strcmp(after->plan_hash, before->plan_hash) ? -FLIP_PENALTY * load : 0;
}

double index_gain_of(struct selector *sel, size_t statement, struct index_set set)
{
        return index_gain_by(sel, statement, index_ask_built(sel, statement, set));
}

bool index_supports(const struct index_candidate *c, const struct index_need *need)
{
        if (need->definition || c->special)
                return need->definition && !strcmp(c->definition, need->definition);
        return c->table == need->table && index_columns_cover(&c->columns, &need->columns);
}

double index_needs_met(const struct selector *sel, struct index_set set)
{
        double met = 0;
        for (size_t k = 0; k < sel->in->need_count; k++)
                for (int i = 0; i < set.count; i++)
                        if (index_supports(selector_candidate(sel, set.items[i]), &sel->in->needs[k])) {
                                met += sel->in->needs[k].gain_frac;
                                break;
                        }
        return met;
}

/* Statements that a member serves, each once. */
static index_list touched_by(const struct selector *sel, struct index_set set)
{
        index_list touched = {0};
        bool *seen = arena_alloc(sel->in->arena, sel->in->n + 1);
        for (int i = 0; i < set.count; i++)
                for (size_t k = 0; k < sel->users[set.items[i]].len; k++) {
                        int s = sel->users[set.items[i]].items[k];
                        if (!seen[s])
                                *vec_push(sel->in->arena, &touched) = s;
                        seen[s] = true;
                }
        return touched;
}

double index_costs_of(const struct selector *sel, struct index_set set)
{
        double costs = 0;
        for (int i = 0; i < set.count; i++)
                costs += sel->write_frac[set.items[i]] + PRICE_PER_GB * sel->scale * selector_candidate(sel, set.items[i])->size_bytes / (1 << 30);
        return costs;
}

double index_net_of(struct selector *sel, struct index_set set)
{
        index_list touched = touched_by(sel, set);
        double net = index_needs_met(sel, set) - index_costs_of(sel, set);
        for (size_t k = 0; k < touched.len; k++)
                net += index_gain_of(sel, (size_t)touched.items[k], set);
        return net;
}

double index_bytes_of(const struct selector *sel, struct index_set set)
{
        double bytes = 0;
        for (int i = 0; i < set.count; i++)
                bytes += selector_candidate(sel, set.items[i])->size_bytes;
        return bytes;
}
