#include "model/index_advice.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "model/index_ask.h"
#include "model/index_doubt.h"
#include "model/index_worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_SHOWN = 3, EFFECTS_SHOWN = 5, FLIPS_SHOWN = 5, QUERY_SHOWN = 160 };
#define FLOOR_MS 0.02      /* parsing and the network's share do not shrink with the plan */
#define INTERVAL 4.0       /* time over cost has been seen off by this factor either way */
#define FIGURE_INTERVAL 1.5  /* of the percentile, whose distribution is assumed */
#define FIGURE_NIL_FRAC 0.01  /* a smaller change of the figure is not told */
#define WAL_BASE_BYTES 62  /* of one entry: measured, docs/models/index_gain.md */

/* A statement that uses the index, and what it gains. */
struct user {
        size_t s;
        double ratio, saved_frac, before_ms, after_ms, lo_ms, hi_ms;
};

/* ── Effects ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static double normal_below(double z)
{
        return 0.5 * erfc(-z / M_SQRT2);
}

static double share_below(double t, const double *mean, const double *stddev, const double *calls, size_t n)
{
        double below = 0, all = 0;
        for (size_t i = 0; i < n; i++) {
                if (!(mean[i] > 0) || !(calls[i] > 0))
                        continue;
                double cv = stddev[i] > 0 ? stddev[i] / mean[i] : 0.05, sigma2 = log1p(cv * cv), mu = log(mean[i]) - sigma2 / 2;
                below += calls[i] * normal_below((log(t) - mu) / sqrt(sigma2));
                all += calls[i];
        }
        return all > 0 ? below / all : NAN;
}

double index_mixture_p95(const double *mean_ms, const double *stddev_ms, const double *calls, size_t n)
{
        double lo = 1e-4, hi = 1e7;
        if (isnan(share_below(1, mean_ms, stddev_ms, calls, n)))
                return NAN;
        for (int i = 0; i < 80; i++) {
                double mid = sqrt(lo * hi);
                *(share_below(mid, mean_ms, stddev_ms, calls, n) < 0.95 ? &lo : &hi) = mid;
        }
        return sqrt(lo * hi);
}

static double scaled(double before_ms, double ratio)
{
        return fmin(before_ms, fmax(FLOOR_MS, before_ms * ratio));
}

/* Which of its times a statement takes: it has none of the indexes, or those recommended so far, at their best and worst. */
enum view { VIEW_BEFORE, VIEW_AFTER, VIEW_LO, VIEW_HI };

/* p95 over all statements of the target, those that no index can serve too. */
static double mixed(const struct index_advice_in *a, const struct user *users, size_t n, enum view view)
{
        const struct facts *f = a->in->facts;
        size_t count = f->statements.len, k = 0;
        double *mean = arena_alloc(a->in->arena, 3 * (count + 1) * sizeof *mean), *dev = mean + count + 1, *calls = dev + count + 1;
        for (size_t i = 0; i < count; i++) {
                const struct fact_statement *s = &f->statements.items[i];
                if (strcmp(s->target, a->asked->catalog->target) != 0 || isnan(s->mean_ms))
                        continue;
                mean[k] = s->mean_ms;
                for (size_t u = 0; u < n; u++)
                        if (a->asked->statements[users[u].s].fact == s && view != VIEW_BEFORE)
                                mean[k] = view == VIEW_AFTER ? users[u].after_ms : view == VIEW_LO ? users[u].lo_ms : users[u].hi_ms;
                dev[k] = s->stddev_ms * mean[k] / s->mean_ms;
                calls[k++] = s->calls;
        }
        return index_mixture_p95(mean, dev, calls, k);
}

/* The figure falls by steps: each recommendation takes it from where the ones before left it. `all` are the users of those too. */
static void add_figure(const struct index_advice_in *a, const struct user *all, size_t earlier, size_t n, struct recommendation *r)
{
        const struct figure *figure = &a->in->facts->figures[FIGURE_DB_P95];
        double now = mixed(a, all, 0, VIEW_BEFORE), scale = !isnan(figure->value) && figure->value > 0 ? figure->value / now : 1;
        struct effect e = {.figure = figure_specs[FIGURE_DB_P95].name, .unit = "ms", .before = mixed(a, all, earlier, VIEW_AFTER) * scale,
                           .after = mixed(a, all, n, VIEW_AFTER) * scale, .lo = mixed(a, all, n, VIEW_LO) * scale, .hi = mixed(a, all, n, VIEW_HI) * scale,
                           .method = earlier ? "mixture of all statements' times, with the indexes above; planner estimate, verify measures it"
                                             : "mixture of all statements' times; planner estimate, verify measures it"};
        if (isnan(e.after))
                return;
        double target = a->in->facts->config ? a->in->facts->config->objectives[FIGURE_DB_P95] : figure_specs[FIGURE_DB_P95].target;
        double miss = now * scale - target;
        r->rank = miss > 0 ? fmin(1, fmax(0, (e.before - e.after) / miss)) : 0;
        if (e.before - e.after <= FIGURE_NIL_FRAC * e.before)
                return; /* "242 ms -> 242 ms" says nothing; what it does for its statements is said below */
        e.lo = fmin(e.lo, e.after / FIGURE_INTERVAL);
        e.hi = fmax(e.hi, fmin(e.before, e.after * FIGURE_INTERVAL));
        *vec_push(a->in->arena, &r->effects) = e;
}

static void add_statement_effect(const struct index_advice_in *a, const struct user *u, struct recommendation *r)
{
        struct arena *arena = a->in->arena;
        const struct index_choice *c = a->choice;
        *vec_push(arena, &r->effects) = (struct effect){
                .figure = arena_printf(arena, "statement %s mean", a->asked->statements[u->s].fact->queryid), .unit = "ms", .before = u->before_ms,
                .after = u->after_ms, .lo = u->lo_ms, .hi = u->hi_ms,
                .method = arena_printf(arena, "planner estimate (cost %.0f -> %.0f); verify measures it", c->before[u->s].cost_pg, c->after[u->s].cost_pg)};
}

/* ── Evidence ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void say(const struct index_advice_in *a, struct recommendation *r, const char *label, const char *value)
{
        if (value)
                *vec_push(a->in->arena, &r->evidence) = (struct evidence){label, value};
}

/* Cut between characters. */
static void cut(char *text, size_t bytes)
{
        while (bytes > 0 && (text[bytes] & 0xC0) == 0x80)
                bytes--;
        text[bytes] = '\0';
}

static const char *short_query(struct arena *a, const char *query)
{
        CLEANUP(str_release) struct str s = {0};
        for (const char *p = query; *p && s.len < QUERY_SHOWN; p++)
                if (!strchr(" \t\r\n", *p))
                        str_add_char(&s, *p);
                else if (s.len && s.buf[s.len - 1] != ' ')
                        str_add_char(&s, ' ');
        char *text = arena_strdup(a, str_text(&s));
        if (strlen(query) <= QUERY_SHOWN)
                return text;
        cut(text, QUERY_SHOWN - 3);
        return arena_printf(a, "%s...", text);
}

/* Plans name hypothetical indexes by their definition; people know them by the name that they will have. */
static const char *with_name(struct arena *a, const char *plan, const char *definition, const char *name)
{
        const char *at = plan ? strstr(plan, definition) : NULL;
        if (!at)
                return plan;
        return with_name(a, arena_printf(a, "%.*s%s%s", (int)(at - plan), plan, name, at + strlen(definition)), definition, name);
}

static bool has_number(const int *items, int count, int k)
{
        for (int i = 0; i < count; i++)
                if (items[i] == k)
                        return true;
        return false;
}

static void say_case(const struct index_advice_in *a, const char *label, const struct index_case *c, int chosen, struct recommendation *r)
{
        if (c->known)
                say(a, r, label, arena_printf(a->in->arena, "cost %.0f -> %.0f%s", c->before.cost_pg, c->after.cost_pg,
                                              has_number(c->after.used, c->after.used_count, chosen) ? "" : ", where the planner does not use it"));
}

static void say_statement(const struct index_advice_in *a, int chosen, const struct user *u, const char *name, struct recommendation *r)
{
        const struct index_candidate *k = &a->asked->pool->v.items[chosen];
        struct arena *arena = a->in->arena;
        const struct fact_statement *f = a->asked->statements[u->s].fact;
        const struct index_answer *before = &a->choice->before[u->s], *after = &a->choice->after[u->s];
        char calls[32], mean[32], share[32], rows[32], all[32];
        say(a, r, "statement", arena_printf(arena, "%s: %s", f->queryid, short_query(arena, f->query)));
        say(a, r, "load", arena_printf(arena, "%s calls, mean %s, %s of the database's time", num_count(calls, f->calls), num_ms(mean, f->mean_ms),
                                       num_percent(share, f->share_frac)));
        say(a, r, "source", f->source);
        if (!isnan(f->rows_per_call))
                say(a, r, "rows", arena_printf(arena, "%s a call come back of about %s in %s", num_count(rows, f->rows_per_call), num_count(all, k->table->rows), k->table->name));
        say(a, r, "plan before", before->plan ? arena_printf(arena, "cost %.0f: %s", before->cost_pg, before->plan) : NULL);
        say(a, r, "plan after", after->plan ? arena_printf(arena, "cost %.0f: %s", after->cost_pg, with_name(arena, after->plan, k->definition, name)) : NULL);
        if (before->method && strcmp(before->method, "constants"))
                say(a, r, "planned with", index_is_sampled(before) ? "typical values of its parameters, from the statistics of their columns" : "no values: a plan for any parameters");
        say_case(a, "frequent values", &a->choice->cases[u->s].frequent, chosen, r);
        say_case(a, "rare values", &a->choice->cases[u->s].rare, chosen, r);
}

static void say_redundant(const struct index_advice_in *a, const struct index_candidate *k, struct recommendation *r)
{
        const struct index_catalog *c = a->asked->catalog;
        if (k->special) /* an expression, a part of the rows, another method: it stands in for none */
                return;
        size_t n;
        const struct index_existing *all = index_catalog_of_table(c, k->table->oid, &n);
        for (size_t i = 0; i < n; i++) {
                const struct index_existing *e = &all[i];
                if (e->known && !e->fact->is_unique && !e->fact->is_constraint && !e->fact->predicate && e->fact->method &&
                    !strcmp(e->fact->method, "btree") && index_columns_cover(&k->columns, &e->columns))
                        say(a, r, "makes redundant", arena_printf(a->in->arena, "%s: drop it once verify has shown the gain", e->fact->name));
        }
}

static bool all_chosen(const struct index_choice *c, const struct index_doubted *d)
{
        for (int i = 0; i < d->count; i++)
                if (!has_number(c->set, c->count, d->members[i]))
                        return false;
        return true;
}

/* Another plan for a gain in cost that is smaller than what costs are off by, unless the second opinion has it do much less. */
static bool flips(const struct index_answer *before, const struct index_answer *after)
{
        return strcmp(before->plan_hash, after->plan_hash) && after->cost_pg > INDEX_SETTLED * before->cost_pg && !(after->work_ms < INDEX_SETTLED * before->work_ms);
}

/* Those statements, and what the search left in doubt, may get slower. Returns how many. */
static size_t say_flips(const struct index_advice_in *a, int chosen, struct recommendation *r)
{
        struct arena *arena = a->in->arena;
        const struct index_choice *c = a->choice;
        size_t found = 0;
        for (size_t s = 0; s < a->asked->n; s++) {
                const struct index_answer *before = &c->before[s], *after = &c->after[s];
                if (!has_number(after->used, after->used_count, chosen) || !flips(before, after))
                        continue;
                if (++found <= FLIPS_SHOWN)
                        say(a, r, "may get slower", arena_printf(arena, "statement %s: another plan for a cost of %.0f instead of %.0f, which is less than estimates are off by",
                                                                 a->asked->statements[s].fact->queryid, after->cost_pg, before->cost_pg));
        }
        if (found > FLIPS_SHOWN)
                say(a, r, "may get slower", arena_printf(arena, "%zu more statements", found - FLIPS_SHOWN));
        for (size_t i = 0; i < c->doubted.len; i++)
                if (has_number(c->doubted.items[i].members, c->doubted.items[i].count, chosen) && all_chosen(c, &c->doubted.items[i])) {
                        say(a, r, "may get slower", c->doubted.items[i].text);
                        found++;
                }
        return found;
}

static const char *why_risky(const struct index_advice_in *a, bool several, size_t slower)
{
        if (slower)
                return arena_printf(a->in->arena, "the plan of %zu statement%s may change for little gain in cost and be slower for real, see \"may get slower\"; verify compares"
                                                  " each statement", slower, slower == 1 ? "" : "s");
        if (several)
                return "it changes the plan of a join, whose real time may differ from its estimated cost; verify compares each statement";
        if (a->choice->cut_short)
                return "built without blocking writes; the search stopped before every captured statement was planned again with it, verify compares each";
        return "built without blocking writes; apply checks that the index is valid, and every captured statement was planned again with it";
}

/* ── One recommendation ────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_saved(const void *x, const void *y)
{
        const struct user *a = x, *b = y;
        if (a->saved_frac != b->saved_frac)
                return a->saved_frac < b->saved_frac ? 1 : -1;
        return a->s < b->s ? -1 : a->s > b->s;
}

/* At worst all calls are for values that are frequent. */
static double often_ms(const struct index_advice_in *a, size_t s, double before_ms)
{
        const struct index_case *c = &a->choice->cases[s].frequent;
        return c->known ? scaled(before_ms, c->after.cost_pg / c->before.cost_pg) : 0;
}

static size_t find_users(const struct index_advice_in *a, int k, struct user *users)
{
        size_t n = 0;
        for (size_t s = 0; s < a->asked->n; s++) {
                const struct index_answer *before = &a->choice->before[s], *after = &a->choice->after[s];
                const struct index_statement *st = &a->asked->statements[s];
                double ratio = after->cost_pg / before->cost_pg;
                for (int i = 0; i < after->used_count; i++)
                        if (after->used[i] == k && ratio < 1) {
                                struct user u = {.s = s, .ratio = ratio, .saved_frac = st->load_frac * (1 - ratio), .before_ms = st->fact->mean_ms};
                                u.after_ms = scaled(u.before_ms, ratio);
                                u.lo_ms = scaled(u.before_ms, ratio / INTERVAL);
                                u.hi_ms = fmax(scaled(u.before_ms, ratio * INTERVAL), often_ms(a, s, u.before_ms));
                                users[n++] = u;
                        }
        }
        if (n)
                qsort(users, n, sizeof *users, by_saved);
        return n;
}

static bool is_text(const char *a, const char *b)
{
        return a && b && !strcmp(a, b);
}

static bool names_table(const struct rule_row *row, const struct fact_table *t)
{
        const char *table = rule_row_text(row, "table"), *dot = table ? strchr(table, '.') : NULL;
        return table && (is_text(table, t->name) || (dot && is_text(dot + 1, t->name)));
}

/* The finding that the recommendation answers: of the statement that gains most, of the table, or of a statement on the table. */
static const struct finding *finding_for(const struct index_advice_in *a, const struct index_candidate *k, const struct user *users, size_t n)
{
        const struct advise_in *in = a->in;
        for (size_t u = 0; u < n; u++)
                for (size_t i = 0; i < in->n; i++)
                        if (is_text(rule_row_text(&in->rows[i], "queryid"), a->asked->statements[users[u].s].fact->queryid))
                                return in->rows[i].finding;
        for (size_t i = 0; i < in->n; i++)
                if (names_table(&in->rows[i], k->table))
                        return in->rows[i].finding;
        for (size_t s = 0; s < a->asked->n; s++)
                for (size_t t = 0; t < a->asked->statements[s].shape.tables.len; t++)
                        for (size_t i = 0; i < in->n && a->asked->statements[s].tables[t] == k->table; i++)
                                if (is_text(rule_row_text(&in->rows[i], "queryid"), a->asked->statements[s].fact->queryid))
                                        return in->rows[i].finding;
        return in->n ? in->rows[0].finding : NULL;
}

static struct change change_for(const struct index_advice_in *a, const struct index_candidate *k, const char *name)
{
        struct arena *arena = a->in->arena;
        const char *other = k->method && strcmp(k->method, "btree") != 0 ? arena_printf(arena, " %s", k->method) : "";
        const char *table = index_quote_table(arena, k->table), *index = arena_printf(arena, "%s.%s", index_quote(arena, k->table->schema), index_quote(arena, name));
        return (struct change){
                .kind = CHANGE_pg_index,
                .phase = PHASE_INDEX,
                .knob = arena_printf(arena, "index:%s:%s%s%s", a->asked->catalog->target, table, other, k->text),
                .target = a->asked->catalog->target,
                .object = index,
                .table = table,
                .forward_sql = arena_printf(arena, "CREATE INDEX CONCURRENTLY %s ON %s USING %s %s", index_quote(arena, name), table,
                                            k->method ? k->method : "btree", k->text),
                .undo_sql = arena_printf(arena, "DROP INDEX CONCURRENTLY %s", index),
                .size_bytes = k->size_bytes,
        };
}

static const char *cost_text(const struct index_advice_in *a, const struct index_candidate *k)
{
        char size[32];
        const struct fact_table *t = k->table;
        double entries = (isnan(t->tup_ins_hz) ? 0 : t->tup_ins_hz) + (isnan(t->tup_upd_hz) ? 0 : t->tup_upd_hz * (1 - (isnan(t->hot_frac) ? 0 : t->hot_frac)));
        if (isnan(t->tup_ins_hz))
                return arena_printf(a->in->arena, "%s; writes to %s were not seen, about %.0f bytes of WAL each", num_bytes(size, k->size_bytes), t->name, WAL_BASE_BYTES + k->key_width);
        return arena_printf(a->in->arena, "%s; %.2g more index entries/s on %s, about %.0f bytes of WAL each", num_bytes(size, k->size_bytes), entries, t->name,
                            WAL_BASE_BYTES + k->key_width);
}

static bool joins(const struct index_advice_in *a, const struct user *users, size_t n)
{
        for (size_t u = 0; u < n; u++)
                if (a->asked->statements[users[u].s].shape.tables.len > 1)
                        return true;
        return false;
}

static const struct index_need *need_of(const struct index_advice_in *a, const struct index_candidate *k)
{
        for (size_t i = 0; i < a->asked->need_count; i++)
                if (a->asked->needs[i].table == k->table && a->asked->needs[i].gain_frac > 0 && index_supports(k, &a->asked->needs[i]))
                        return &a->asked->needs[i];
        return NULL;
}

static void say_need(const struct index_advice_in *a, const struct index_need *need, struct recommendation *r)
{
        struct arena *arena = a->in->arena;
        char scan[32];
        if (!need)
                return;
        if (!need->foreign_key) {
                say(a, r, "own formula", arena_printf(arena, "statement %s reads %s whole in %s; the planner cannot be asked about this kind of index", need->statement,
                                                      need->table->name, num_ms(scan, need->scan_ms)));
                return;
        }
        const char *parent = need->foreign_key->ref_table;
        say(a, r, "foreign key", arena_printf(arena, "%s: each row deleted from %s (%.2g/s) reads all of %s, about %s", need->foreign_key->name, parent, need->deletes_hz,
                                              need->table->name, num_ms(scan, need->scan_ms)));
        *vec_push(arena, &r->effects) = (struct effect){.figure = arena_printf(arena, "delete from %s", parent), .unit = "ms", .before = need->scan_ms, .after = 0.05,
                                                        .lo = 0.01, .hi = need->scan_ms / 4, .method = "own formula: rows and bytes of the table read"};
}

/* all[0..earlier) are the users of the indexes above; those of this one follow. */
static size_t add_one(const struct index_advice_in *a, int chosen, struct user *all, size_t earlier, struct advise_out *out)
{
        struct arena *arena = a->in->arena;
        const struct index_candidate *k = &a->asked->pool->v.items[chosen];
        struct user *users = all + earlier;
        size_t n = find_users(a, chosen, users);
        const struct finding *finding = finding_for(a, k, users, n);
        const struct index_need *need = need_of(a, k);
        const char *name = index_advice_name(a->asked->catalog, k, out);
        bool several = joins(a, users, n);
        struct recommendation r = {.key = finding ? finding->key : NULL, .rule = finding ? finding->rule : a->in->rule, .model = "index_gain",
                                   .title = arena_printf(arena, "create index %s on %s", name, k->table->name), .subject = index_quote_table(arena, k->table)};
        if (n)
                add_figure(a, all, earlier, earlier + n, &r);
        for (size_t u = 0; u < n && u < EFFECTS_SHOWN; u++)
                add_statement_effect(a, &users[u], &r);
        for (size_t u = 0; u < n && u < STATEMENTS_SHOWN; u++)
                say_statement(a, chosen, &users[u], name, &r);
        if (n > STATEMENTS_SHOWN)
                say(a, &r, "also", arena_printf(arena, "%zu more statements use it", n - STATEMENTS_SHOWN));
        say_need(a, need, &r);
        say_redundant(a, k, &r);
        size_t slower = say_flips(a, chosen, &r);
        r.cost = cost_text(a, k);
        r.risk = several || slower || a->choice->cut_short ? RISK_MEDIUM : RISK_LOW;
        r.risk_why = why_risky(a, several, slower);
        r.confidence = !n ? 0.5 : several || slower ? 0.6 : users[0].ratio < 0.1 ? 0.85 : 0.7;
        struct change change = change_for(a, k, name);
        r.undo = change.undo_sql;
        *vec_push(arena, &r.changes) = change;
        *vec_push(arena, &out->recommendations) = r;
        return n;
}

static double saved_by(const struct index_advice_in *a, int chosen, struct user *users)
{
        const struct index_need *need = need_of(a, &a->asked->pool->v.items[chosen]);
        double saved = need ? need->gain_frac : 0;
        size_t n = find_users(a, chosen, users);
        for (size_t u = 0; u < n; u++)
                saved += users[u].saved_frac;
        return saved;
}

/* The index that saves most comes first. */
void index_advice_add(const struct index_advice_in *a, struct advise_out *out)
{
        int count = a->choice->count, order[INDEX_SET_MAX];
        double saved[INDEX_SET_MAX];
        struct user *all = arena_alloc(a->in->arena, (a->asked->n * (size_t)(count + 1) + 1) * sizeof *all);
        for (int i = 0; i < count; i++) {
                double s = saved_by(a, a->choice->set[i], all);
                int k = i;
                for (; k > 0 && saved[k - 1] < s; k--) {
                        saved[k] = saved[k - 1];
                        order[k] = order[k - 1];
                }
                saved[k] = s;
                order[k] = a->choice->set[i];
        }
        size_t users = 0, first = out->recommendations.len;
        double rank = 0, sum = 0;
        for (int i = 0; i < count; i++) {
                users += add_one(a, order[i], all, users, out);
                rank += out->recommendations.items[first + (size_t)i].rank;
                sum += saved[i];
        }
        /* What they remove of the miss together is theirs by what each saves: the steps of a percentile say little about one alone. */
        for (int i = 0; i < count && sum > 0; i++)
                out->recommendations.items[first + (size_t)i].rank = fmax(rank * saved[i] / sum, fmin(0.1, 0.1 * saved[i]));
}
