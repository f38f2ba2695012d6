#include "model/index_select.h"
#include "lib/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the weights are and where they come from: docs/models/index_gain.md. */
#define WRITE_MS 0.02        /* one entry into one B-tree: processor and WAL */
#define LOST_HOT_MS 0.05     /* an update that was HOT and no longer is: for each index of the table */
#define FLOOR_MS 0.02        /* of a call, whatever the plan */
#define CACHED 0.25          /* pages that are in memory cost a quarter of what random_page_cost says */
#define INCLUDE_MS 0.3       /* included columns must save that much a call: index-only scans live on VACUUM */
#define FLIP_PENALTY 0.02    /* a plan that changes without a gain may be slower for real */
#define GAIN_RATIO 0.9       /* a cost above this part of the one before is no gain */
#define RISE_RATIO 1.005     /* a cost above this is a regression */
#define MIN_GAIN 0.005       /* of the load of the whole workload */
#define TIE 0.1              /* of the load that is left: closer than this is equal, and the smaller index wins */
#define PRICE_PER_GB 0.002   /* of the whole load, so that size is never free */
#define WRITE_MARGIN 2.0     /* an index must save this many times its own write load */

enum { SWAP_PASSES = 2 };

struct cached {
        int set[INDEX_SET_MAX], count;
        struct index_answer answer;
        struct cached *next;
};

struct selector {
        const struct index_choice_in *in;
        struct index_choice *out;
        struct cached **cache;  /* by statement */
        double *write_frac;
        double *bound;          /* by candidate: its marginal gain when last looked at */
        bool *banned;
        double load;
        struct err *err;
        int failed;             /* an err_code once the oracle is gone */
};

/* ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool reads(const struct index_statement *s, int table, const char *column)
{
        for (size_t i = 0; i < s->shape.reads.len; i++)
                if (s->shape.reads.items[i].table == table && !strcmp(s->shape.reads.items[i].column, column))
                        return true;
        for (size_t i = 0; i < s->shape.conditions.len; i++)
                if (s->shape.conditions.items[i].table == table && !strcmp(s->shape.conditions.items[i].column, column))
                        return true;
        return false;
}

/* Only these statements can have another plan. */
static bool matters(const struct index_statement *s, const struct index_candidate *c)
{
        for (size_t t = 0; t < s->shape.tables.len; t++)
                if (s->tables[t] == c->table && reads(s, (int)t, c->columns.keys[0].column))
                        return true;
        return false;
}

static void read_used(const struct selector *sel, const char *json, const int *set, int count, struct index_answer *answer)
{
        struct json *list = NULL;
        if (!json || json_parse(NULL, json, strlen(json), &list, NULL) < 0)
                return;
        for (int i = 0; i < count; i++)
                for (size_t k = 0; k < json_len(list); k++)
                        if (json_as_text(json_at(list, k)) && !strcmp(json_as_text(json_at(list, k)), sel->in->candidates[set[i]].definition)) {
                                answer->used[answer->used_count++] = set[i];
                                break;
                        }
        json_free(list);
}

static struct index_answer ask(struct selector *sel, const struct index_statement *s, const int *set, int count)
{
        struct oracle *o = sel->in->oracle;
        struct index_answer none = {.cost_pg = NAN, .failure = "the what-if session ended"}, answer = {0};
        struct oracle_index indexes[INDEX_SET_MAX];
        struct oracle_answer given = {.cost_pg = NAN};
        if (sel->failed)
                return none;
        if (sel->out->calls >= sel->in->calls_max) {
                sel->out->cut_short = true;
                return none;
        }
        for (int i = 0; i < count; i++)
                indexes[i] = (struct oracle_index){.definition = sel->in->candidates[set[i]].definition};
        int r = o->set_indexes(o->arg, indexes, (size_t)count, sel->err);
        if (r == 0)
                r = o->cost(o->arg, s->fact->queryid, s->query, &given, sel->err);
        sel->out->calls++;
        if (r < 0) {
                sel->failed = r;
                return none;
        }
        answer = (struct index_answer){.cost_pg = given.cost_pg, .plan_hash = given.plan_hash ? given.plan_hash : "", .plan = given.plan, .failure = given.failure};
        read_used(sel, given.used, set, count, &answer);
        return answer;
}

static const struct index_answer *answer_for(struct selector *sel, size_t statement, const int *set, int count)
{
        const struct index_statement *s = &sel->in->statements[statement];
        int some[INDEX_SET_MAX], n = 0;
        for (int i = 0; i < count; i++)
                if (matters(s, &sel->in->candidates[set[i]]))
                        some[n++] = set[i];
        struct cached *c = sel->cache[statement];
        while (c && (c->count != n || memcmp(c->set, some, (size_t)n * sizeof *some) != 0))
                c = c->next;
        if (c)
                return &c->answer;
        c = arena_new_of(sel->in->arena, struct cached);
        memcpy(c->set, some, (size_t)n * sizeof *some);
        c->count = n;
        c->answer = ask(sel, s, some, n);
        c->next = sel->cache[statement];
        sel->cache[statement] = c;
        return &c->answer;
}

/* ── Worth ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool has_column(const struct index_columns *c, const char *column)
{
        for (int i = 0; i < c->key_count; i++)
                if (!strcmp(c->keys[i].column, column))
                        return true;
        for (int i = 0; i < c->include_count; i++)
                if (!strcmp(c->include[i], column))
                        return true;
        return false;
}

static bool writes_into(const struct index_statement *s, const struct index_candidate *c)
{
        for (size_t k = 0; k < s->shape.writes.len; k++)
                if (s->tables[s->shape.writes.items[k].table] == c->table && has_column(&c->columns, s->shape.writes.items[k].column))
                        return true;
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
        int indexes = 1;
        for (size_t i = 0; i < in->n; i++)
                if (writes_into(&in->statements[i], c))
                        updates_hz += calls_hz(&in->statements[i]) * fmax(1, isnan(in->statements[i].fact->rows_per_call) ? 1 : in->statements[i].fact->rows_per_call);
        for (size_t i = 0; i < in->catalog->indexes.len; i++)
                indexes += in->catalog->indexes.items[i].fact->table_oid == c->table->oid;
        return updates_hz * hot * indexes * LOST_HOT_MS / 1000;
}

double index_write_load(const struct index_choice_in *in, const struct index_candidate *c)
{
        const struct fact_table *t = c->table;
        double ins = isnan(t->tup_ins_hz) ? 0 : t->tup_ins_hz, upd = isnan(t->tup_upd_hz) ? 0 : t->tup_upd_hz;
        double hot = isnan(t->hot_frac) ? 0 : t->hot_frac;
        return (ins + upd * (1 - hot)) * WRITE_MS / 1000 + lost_hot_load(in, c);
}

/* Load of a statement under a plan: the share of its time that cost says is left, but never below what any call takes. */
static double load_after(const struct selector *sel, size_t statement, const struct index_answer *after)
{
        const struct index_statement *s = &sel->in->statements[statement];
        double ratio = after->cost_pg / sel->out->before[statement].cost_pg, left_ms = s->fact->mean_ms * ratio;
        if (s->fact->shared_read_per_call < 1)
                left_ms *= CACHED;
        for (int i = 0; i < after->used_count; i++)
                if (sel->in->candidates[after->used[i]].columns.include_count) {
                        left_ms += INCLUDE_MS;
                        break;
                }
        return s->load_frac * fmin(1, fmax(left_ms, FLOOR_MS) / s->fact->mean_ms);
}

static double gain_of(struct selector *sel, size_t statement, const int *set, int count)
{
        const struct index_answer *before = &sel->out->before[statement], *after = answer_for(sel, statement, set, count);
        double load = sel->in->statements[statement].load_frac;
        if (isnan(after->cost_pg) || !(before->cost_pg > 0))
                return 0;
        double ratio = after->cost_pg / before->cost_pg;
        if (ratio > RISE_RATIO)
                return -2 * load * (ratio - 1);
        if (after->used_count && ratio <= GAIN_RATIO)
                return load - load_after(sel, statement, after);
        return strcmp(after->plan_hash, before->plan_hash) ? -FLIP_PENALTY * load : 0;
}

static bool supports(const struct index_candidate *c, const struct index_need *need)
{
        return c->table == need->table && index_columns_cover(&c->columns, &need->columns);
}

static double net_of(struct selector *sel, const int *set, int count)
{
        const struct index_choice_in *in = sel->in;
        double net = 0;
        for (int i = 0; i < count; i++)
                net -= sel->write_frac[set[i]] + PRICE_PER_GB * sel->load * in->candidates[set[i]].size_bytes / (1 << 30);
        for (size_t k = 0; k < in->need_count; k++)
                for (int i = 0; i < count; i++)
                        if (supports(&in->candidates[set[i]], &in->needs[k])) {
                                net += in->needs[k].gain_frac;
                                break;
                        }
        for (size_t s = 0; s < in->n; s++)
                for (int i = 0; i < count; i++)
                        if (matters(&in->statements[s], &in->candidates[set[i]])) {
                                net += gain_of(sel, s, set, count);
                                break;
                        }
        return net;
}

static double bytes_of(const struct selector *sel, const int *set, int count)
{
        double bytes = 0;
        for (int i = 0; i < count; i++)
                bytes += sel->in->candidates[set[i]].size_bytes;
        return bytes;
}

static bool is_in(const int *set, int count, int c)
{
        for (int i = 0; i < count; i++)
                if (set[i] == c)
                        return true;
        return false;
}

/* Sets are sorted, so that equal sets are equal arrays. */
static int with(const int *set, int count, int c, int *ret_set)
{
        int n = 0, i = 0;
        for (; i < count && set[i] < c; i++)
                ret_set[n++] = set[i];
        ret_set[n++] = c;
        for (; i < count; i++)
                ret_set[n++] = set[i];
        return n;
}

static int without(const int *set, int count, int c, int *ret_set)
{
        int n = 0;
        for (int i = 0; i < count; i++)
                if (set[i] != c)
                        ret_set[n++] = set[i];
        return n;
}

/* ── Search ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static double least_gain(const struct selector *sel, int c)
{
        return fmax(MIN_GAIN * sel->load, WRITE_MARGIN * sel->write_frac[c]) - sel->write_frac[c];
}

/* No set can save more than all of the load of the statements that it touches. */
static double most_gain(const struct selector *sel, int c)
{
        double most = 0;
        for (size_t s = 0; s < sel->in->n; s++)
                if (matters(&sel->in->statements[s], &sel->in->candidates[c]))
                        most += sel->in->statements[s].load_frac;
        for (size_t k = 0; k < sel->in->need_count; k++)
                if (supports(&sel->in->candidates[c], &sel->in->needs[k]))
                        most += sel->in->needs[k].gain_frac;
        return most;
}

static bool fits(const struct selector *sel, const int *set, int count, int c)
{
        return !sel->banned[c] && !is_in(set, count, c) && bytes_of(sel, set, count) + sel->in->candidates[c].size_bytes <= sel->in->budget_bytes;
}

/* What the statements that use a candidate still take with it. */
static double load_left(struct selector *sel, const int *set, int count, int c)
{
        double left = 0;
        for (size_t s = 0; s < sel->in->n; s++) {
                const struct index_answer *after = answer_for(sel, s, set, count);
                if (is_in(after->used, after->used_count, c))
                        left += load_after(sel, s, after);
        }
        return left;
}

/* Marginal gains only shrink as the set grows (nearly always), so a bound below the best found needs no new look. */
static int best_addition(struct selector *sel, const int *set, int count, double now)
{
        int best = -1, grown[INDEX_SET_MAX];
        double *fresh = arena_alloc(sel->in->arena, (sel->in->candidate_count + 1) * sizeof *fresh), tie = 0;
        for (int c = 0; c < (int)sel->in->candidate_count; c++) {
                fresh[c] = NAN;
                double bar = best < 0 ? 0 : fresh[best] - tie;
                if (!fits(sel, set, count, c) || sel->bound[c] < bar || sel->bound[c] < least_gain(sel, c))
                        continue;
                int n = with(set, count, c, grown);
                sel->bound[c] = fresh[c] = net_of(sel, grown, n) - now;
                if (fresh[c] >= least_gain(sel, c) && (best < 0 || fresh[c] > fresh[best])) {
                        best = c;
                        tie = TIE * load_left(sel, grown, n, c);
                }
        }
        if (best < 0)
                return -1;
        int chosen = best;
        for (int c = 0; c < (int)sel->in->candidate_count; c++)
                if (fresh[c] >= fresh[best] - tie && fresh[c] >= least_gain(sel, c) &&
                    sel->in->candidates[c].size_bytes < 0.95 * sel->in->candidates[chosen].size_bytes)
                        chosen = c;
        return chosen;
}

static void grow(struct selector *sel)
{
        struct index_choice *out = sel->out;
        int grown[INDEX_SET_MAX];
        while (out->count < INDEX_SET_MAX && !sel->failed) {
                int c = best_addition(sel, out->set, out->count, out->net_frac);
                if (c < 0)
                        return;
                out->count = with(out->set, out->count, c, grown);
                memcpy(out->set, grown, sizeof grown);
                out->net_frac = net_of(sel, out->set, out->count);
        }
}

/* One member for another on the same table, or for none, where the whole gets better. */
static bool swap_member(struct selector *sel, int member)
{
        struct index_choice *out = sel->out;
        int rest[INDEX_SET_MAX], set[INDEX_SET_MAX], best[INDEX_SET_MAX], best_count = -1;
        int n = without(out->set, out->count, member, rest);
        double best_net = out->net_frac + 0.01 * fabs(out->net_frac), alone = net_of(sel, rest, n);
        if (alone >= out->net_frac - 0.5 * least_gain(sel, member)) {
                memcpy(best, rest, sizeof rest);
                best_count = n;
                best_net = fmax(alone, best_net);
        }
        for (int c = 0; c < (int)sel->in->candidate_count; c++) {
                if (sel->in->candidates[c].table != sel->in->candidates[member].table || !fits(sel, rest, n, c) || c == member)
                        continue;
                int k = with(rest, n, c, set);
                double net = net_of(sel, set, k);
                if (net > best_net) {
                        memcpy(best, set, sizeof set);
                        best_count = k;
                        best_net = net;
                }
        }
        if (best_count < 0)
                return false;
        memcpy(out->set, best, sizeof best);
        out->count = best_count;
        out->net_frac = net_of(sel, out->set, out->count);
        return true;
}

static void swap(struct selector *sel)
{
        for (int pass = 0; pass < SWAP_PASSES && !sel->failed; pass++) {
                bool changed = false;
                for (int i = 0; i < sel->out->count; i++)
                        changed |= swap_member(sel, sel->out->set[i]);
                if (!changed)
                        return;
        }
}

/* The statement that the set makes dearest, or -1. */
static long worst_statement(struct selector *sel)
{
        long worst = -1;
        double worst_ratio = RISE_RATIO;
        for (size_t s = 0; s < sel->in->n; s++) {
                const struct index_answer *before = &sel->out->before[s], *after = answer_for(sel, s, sel->out->set, sel->out->count);
                double ratio = before->cost_pg > 0 ? after->cost_pg / before->cost_pg : NAN;
                if (ratio > worst_ratio) {
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

/* Which member makes the statement dearer: the one without which it is cheapest. */
static int culprit(struct selector *sel, size_t s)
{
        int guilty = sel->out->set[0], rest[INDEX_SET_MAX];
        double cheapest = INFINITY;
        for (int i = 0; i < sel->out->count; i++) {
                int n = without(sel->out->set, sel->out->count, sel->out->set[i], rest);
                double cost = answer_for(sel, s, rest, n)->cost_pg;
                if (cost < cheapest) {
                        cheapest = cost;
                        guilty = sel->out->set[i];
                }
        }
        return guilty;
}

static void reset_bounds(struct selector *sel)
{
        for (size_t c = 0; c < sel->in->candidate_count; c++)
                sel->bound[c] = most_gain(sel, (int)c);
}

static void avoid_regressions(struct selector *sel)
{
        struct index_choice *out = sel->out;
        int rest[INDEX_SET_MAX];
        long s;
        while (out->count && !sel->failed && (s = worst_statement(sel)) >= 0) {
                int c = culprit(sel, (size_t)s);
                *vec_push(sel->in->arena, &out->avoided) =
                        arena_printf(sel->in->arena, "%s%s is left out: statement %s would cost %.1f instead of %.1f", sel->in->candidates[c].table->name,
                                     sel->in->candidates[c].text, statement_name(sel, (size_t)s), answer_for(sel, (size_t)s, out->set, out->count)->cost_pg,
                                     out->before[s].cost_pg);
                sel->banned[c] = true;
                out->count = without(out->set, out->count, c, rest);
                memcpy(out->set, rest, sizeof rest);
                out->net_frac = net_of(sel, out->set, out->count);
                reset_bounds(sel);
                grow(sel);
        }
}

static void look_before(struct selector *sel)
{
        for (size_t s = 0; s < sel->in->n; s++) {
                sel->out->before[s] = *answer_for(sel, s, NULL, 0);
                if (sel->out->before[s].failure)
                        *vec_push(sel->in->arena, &sel->out->unplanned) =
                                arena_printf(sel->in->arena, "statement %s: %s", statement_name(sel, s), sel->out->before[s].failure);
        }
}

int index_choose(const struct index_choice_in *in, struct index_choice *ret_choice, struct err *err)
{
        struct index_choice out = {0};
        struct selector sel = {.in = in, .out = &out, .err = err};
        sel.cache = arena_alloc(in->arena, (in->n + 1) * sizeof *sel.cache);
        sel.bound = arena_alloc(in->arena, (in->candidate_count + 1) * sizeof *sel.bound);
        sel.banned = arena_alloc(in->arena, (in->candidate_count + 1) * sizeof *sel.banned);
        sel.write_frac = out.write_frac = arena_alloc(in->arena, (in->candidate_count + 1) * sizeof *sel.write_frac);
        out.before = arena_alloc(in->arena, (in->n + 1) * sizeof *out.before);
        out.after = arena_alloc(in->arena, (in->n + 1) * sizeof *out.after);
        for (size_t s = 0; s < in->n; s++)
                sel.load += in->statements[s].load_frac;
        for (size_t k = 0; k < in->need_count; k++)
                sel.load += in->needs[k].gain_frac;
        look_before(&sel);
        for (size_t c = 0; c < in->candidate_count; c++)
                sel.write_frac[c] = index_write_load(in, &in->candidates[c]);
        reset_bounds(&sel);
        grow(&sel);
        swap(&sel);
        avoid_regressions(&sel);
        for (size_t s = 0; s < in->n; s++)
                out.after[s] = *answer_for(&sel, s, out.set, out.count);
        if (sel.failed)
                return sel.failed;
        *ret_choice = out;
        return 0;
}
