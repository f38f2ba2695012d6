#include "model/index_select.h"
#include "lib/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the weights are and where they come from: docs/models/index_gain.md. */
#define WRITE_MS 0.01        /* one entry into one B-tree: processor and WAL */
#define FLIP_PENALTY 0.02    /* a plan that changes without a gain may be slower for real */
#define GAIN_RATIO 0.9       /* a cost above this part of the one before is no gain */
#define RISE_RATIO 1.005     /* a cost above this is a regression */
#define MIN_GAIN 0.005       /* of the load of the whole workload */
#define TIE 0.03             /* gains closer than this are equal: the smaller index wins */
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

double index_write_load(const struct index_choice_in *in, const struct index_candidate *c)
{
        const struct fact_table *t = c->table;
        double ins = isnan(t->tup_ins_hz) ? 0 : t->tup_ins_hz, upd = isnan(t->tup_upd_hz) ? 0 : t->tup_upd_hz;
        double hot = isnan(t->hot_frac) ? 0 : t->hot_frac, entries = ins + upd * (1 - hot);
        bool loses_hot = false;
        int existing = 0;
        for (size_t i = 0; i < in->n && !loses_hot; i++)
                for (size_t k = 0; k < in->statements[i].shape.writes.len; k++) {
                        const struct shape_column *w = &in->statements[i].shape.writes.items[k];
                        if (in->statements[i].tables[w->table] != t)
                                continue;
                        for (int j = 0; j < c->columns.key_count + c->columns.include_count; j++)
                                loses_hot |= !strcmp(w->column, j < c->columns.key_count ? c->columns.keys[j].column : c->columns.include[j - c->columns.key_count]);
                }
        for (size_t i = 0; i < in->catalog->indexes.len; i++)
                existing += in->catalog->indexes.items[i].fact->table_oid == t->oid;
        if (loses_hot)
                entries += upd * hot * (1 + existing); /* an indexed column that changes makes every index take a new entry */
        return entries * WRITE_MS / 1000;
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
                return load * (1 - ratio);
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

/* Marginal gains only shrink as the set grows (nearly always), so a bound below the best found needs no new look. */
static int best_addition(struct selector *sel, const int *set, int count, double now)
{
        int best = -1, grown[INDEX_SET_MAX];
        double *fresh = arena_alloc(sel->in->arena, (sel->in->candidate_count + 1) * sizeof *fresh);
        for (int c = 0; c < (int)sel->in->candidate_count; c++) {
                fresh[c] = NAN;
                double bar = best < 0 ? 0 : fresh[best] * (1 - TIE);
                if (!fits(sel, set, count, c) || sel->bound[c] < bar || sel->bound[c] < least_gain(sel, c))
                        continue;
                int n = with(set, count, c, grown);
                sel->bound[c] = fresh[c] = net_of(sel, grown, n) - now;
                if (fresh[c] >= least_gain(sel, c) && (best < 0 || fresh[c] > fresh[best]))
                        best = c;
        }
        if (best < 0)
                return -1;
        int chosen = best;
        for (int c = 0; c < (int)sel->in->candidate_count; c++)
                if (fresh[c] >= fresh[best] * (1 - TIE) && fresh[c] >= least_gain(sel, c) &&
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
        for (size_t c = 0; c < in->candidate_count; c++) {
                sel.write_frac[c] = index_write_load(in, &in->candidates[c]);
                sel.bound[c] = most_gain(&sel, (int)c);
        }
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
