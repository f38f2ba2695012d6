/*
 * Index advice: docs/models/index_gain.md. Statements and foreign keys that a finding names propose candidates; all
 * statements of the target weigh them; what is chosen goes out through index_advice.c.
 */
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/json.h"
#include "model/index_advice.h"
#include "model/index_gain.h"
#include "model/index_size.h"
#include "model/index_special.h"
#include "model/index_unserved.h"
#include "model/model.h"
#include "model/plan_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_MAX = 20000, CALLS_SPARE = 4000, CALLS_A_STATEMENT = 30, UNPLANNED_SHOWN = 20 };
#define PROPOSES_SHARE 0.01   /* of the time of those that take no more than it: one report of minutes does not silence all others */
#define PROPOSES_MS 1.0
#define SCAN_ROW_MS 0.00005  /* reading one row of a cached table */
#define SCAN_BYTE_MS 0.0000005

struct work {
        const struct advise_in *in;
        struct advise_out *out;
        struct index_catalog *catalog;
        VEC(struct index_statement) statements;
        struct index_candidates candidates;
        index_needs needs;
        bool all_propose;
};

static bool is_text(const char *a, const char *b)
{
        return a && b && !strcmp(a, b);
}

static void unknown(struct work *w, const char *subject, const char *why)
{
        *vec_push(w->in->arena, &w->out->unknown) = (struct evidence){subject, why};
}

/* ── Rows of the rules ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* The table that a row names: "schema.table", or table and schema apart. */
static const struct fact_table *table_of(const struct work *w, const struct rule_row *row)
{
        const char *table = rule_row_text(row, "table"), *schema = rule_row_text(row, "schema"), *dot = table ? strchr(table, '.') : NULL;
        if (!table)
                return NULL;
        const struct fact_table *t = index_catalog_table(w->catalog, schema, table);
        if (!t && dot)
                t = index_catalog_table(w->catalog, arena_strndup(w->in->arena, table, (size_t)(dot - table)), dot + 1);
        return t;
}

/* ["a", "b"] or a, b */
static bool columns_of(struct arena *a, const char *text, struct index_columns *ret_columns)
{
        CLEANUP(json_free) struct json *list = NULL;
        struct index_columns c = {0};
        if (!text)
                return false;
        if (*text == '[') {
                if (json_parse(NULL, text, strlen(text), &list, NULL) < 0 || json_len(list) > INDEX_WIDTH_MAX)
                        return false;
                for (size_t i = 0; i < json_len(list); i++)
                        c.keys[c.key_count++].column = arena_strdup(a, json_as_text(json_at(list, i)));
        } else {
                char *save, *copy = arena_strdup(a, text);
                for (char *word = strtok_r(copy, ", ()", &save); word && c.key_count < INDEX_WIDTH_MAX; word = strtok_r(NULL, ", ()", &save))
                        c.keys[c.key_count++].column = word;
        }
        *ret_columns = c;
        return c.key_count > 0;
}

/* A finding names it or its table. */
static bool is_proposed(const struct work *w, const struct index_statement *s)
{
        for (size_t i = 0; i < w->in->n; i++) {
                const struct rule_row *row = &w->in->rows[i];
                const char *queryid = rule_row_text(row, "queryid");
                if (queryid && is_text(queryid, s->fact->queryid))
                        return true;
                const struct fact_table *t = queryid ? NULL : table_of(w, row);
                for (size_t k = 0; t && k < s->shape.tables.len; k++)
                        if (s->tables[k] == t)
                                return true;
        }
        return false;
}

/* ── Workload ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_load(const void *x, const void *y)
{
        const struct index_statement *a = x, *b = y;
        if (a->load_frac != b->load_frac)
                return a->load_frac < b->load_frac ? 1 : -1;
        return strcmp(a->fact->queryid, b->fact->queryid);
}

static void propose(struct work *w, struct index_statement *s)
{
        index_candidates_add(w->catalog, s, &w->candidates);
        index_special_add(w->catalog, s, &w->candidates, &w->needs);
}

/* Only where a finding names the statement. */
static void tell_unserved(struct work *w, const struct fact_statement *s, const char *why)
{
        for (size_t k = 0; why && k < w->in->n; k++)
                if (is_text(rule_row_text(&w->in->rows[k], "queryid"), s->queryid)) {
                        unknown(w, arena_printf(w->in->arena, "statement %s", s->queryid), why);
                        return;
                }
}

/*
 * Beside those that findings name, whatever takes a hundredth of the time: an index for a join, an order or all columns of a statement helps plans that
 * filter nothing away, which no rule can tell from those that nothing helps; the planner can.
 */
static void propose_heavy(struct work *w)
{
        double rest = 0;
        for (size_t i = w->statements.len; w->in->n && i-- > 0;) {
                struct index_statement *s = &w->statements.items[i];
                rest += s->load_frac;
                s->proposes |= s->load_frac >= PROPOSES_SHARE * rest && s->fact->mean_ms >= PROPOSES_MS;
        }
}

static void read_statements(struct work *w)
{
        const struct facts *f = w->in->facts;
        for (size_t i = 0; i < f->statements.len && w->statements.len < STATEMENTS_MAX; i++) {
                struct index_statement s;
                const char *why;
                if (!is_text(f->statements.items[i].target, w->catalog->target))
                        continue;
                if (!index_statement_read(w->catalog, &f->statements.items[i], &s, &why)) {
                        tell_unserved(w, &f->statements.items[i], why);
                        continue;
                }
                s.proposes = w->all_propose || is_proposed(w, &s);
                for (size_t k = 0; s.proposes && k < s.shape.tables.len; k++)
                        if (s.tables[k] && is_text(s.tables[k]->kind, "p"))
                                unknown(w, arena_printf(w->in->arena, "statement %s", s.fact->queryid),
                                        arena_printf(w->in->arena, "no index advised on %s: it is partitioned, and its indexes are built partition by partition", s.tables[k]->name));
                *vec_push(w->in->arena, &w->statements) = s;
        }
        if (w->statements.len)
                qsort(w->statements.items, w->statements.len, sizeof *w->statements.items, by_load);
        propose_heavy(w);
        for (size_t i = 0; i < w->statements.len; i++)
                if (w->statements.items[i].proposes) {
                        propose(w, &w->statements.items[i]);
                        tell_unserved(w, w->statements.items[i].fact, index_unserved_why(w->catalog, &w->statements.items[i], true));
                }
}

/* ── Foreign keys ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct fact_foreign_key *foreign_key_of(const struct work *w, const struct fact_table *t, const struct index_columns *columns)
{
        const struct facts *f = w->in->facts;
        for (size_t i = 0; i < f->foreign_keys.len; i++) {
                const struct fact_foreign_key *k = &f->foreign_keys.items[i];
                struct index_columns c;
                if (is_text(k->target, w->catalog->target) && k->table_oid == t->oid && columns_of(w->in->arena, k->columns, &c) &&
                    c.key_count == columns->key_count && index_columns_cover(&c, columns))
                        return k;
        }
        return NULL;
}

static const struct fact_table *parent_of(const struct work *w, const struct fact_foreign_key *k)
{
        const char *dot = k->ref_table ? strchr(k->ref_table, '.') : NULL;
        if (!dot)
                return k->ref_table ? index_catalog_table(w->catalog, NULL, k->ref_table) : NULL;
        return index_catalog_table(w->catalog, arena_strndup(w->in->arena, k->ref_table, (size_t)(dot - k->ref_table)), dot + 1);
}

static bool is_joined(const struct work *w, const struct fact_table *t, const char *column)
{
        for (size_t i = 0; i < w->statements.len; i++)
                for (size_t k = 0; k < w->statements.items[i].shape.conditions.len; k++) {
                        const struct shape_condition *c = &w->statements.items[i].shape.conditions.items[k];
                        if (w->statements.items[i].tables[c->table] == t && !strcmp(c->column, column) && c->kind != SHAPE_NOT_NULL)
                                return true;
                }
        return false;
}

static void read_foreign_key(struct work *w, const struct rule_row *row)
{
        struct index_columns columns;
        const struct fact_table *t = table_of(w, row);
        if (!t || !columns_of(w->in->arena, rule_row_text(row, "columns"), &columns))
                return;
        const struct fact_foreign_key *key = foreign_key_of(w, t, &columns);
        const struct fact_table *parent = key ? parent_of(w, key) : NULL;
        if (!key)
                return;
        if (t->rows < INDEX_ROWS_MIN) {
                unknown(w, row->finding->subject, arena_printf(w->in->arena, "no index advised: %s has %.0f rows, read whole fast enough", t->name, t->rows));
                return;
        }
        double deletes = parent && !isnan(parent->tup_del_hz) ? parent->tup_del_hz : 0;
        if (deletes <= 0 && !is_joined(w, t, columns.keys[0].column)) {
                unknown(w, row->finding->subject,
                        arena_printf(w->in->arena, "no index advised: neither deletes from %s nor statements that look up %s.%s were seen", key->ref_table, t->name,
                                     columns.keys[0].column));
                return;
        }
        int c = index_candidate_add(w->catalog, t, &columns, &w->candidates);
        if (c >= 0)
                w->candidates.v.items[c].foreign_key = key;
        double heap = isnan(t->heap_bytes) ? 0 : t->heap_bytes, scan_ms = t->rows * SCAN_ROW_MS + heap * SCAN_BYTE_MS;
        if (deletes > 0)
                *vec_push(w->in->arena, &w->needs) = (struct index_need){.foreign_key = key, .table = t, .columns = columns, .scan_ms = scan_ms,
                                                                         .deletes_hz = deletes, .gain_frac = deletes * scan_ms / 1000};
}

/* ── Advice ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void report(struct work *w, const struct index_choice *choice)
{
        struct arena *a = w->in->arena;
        for (size_t i = 0; i < choice->unplanned.len && i < UNPLANNED_SHOWN; i++)
                unknown(w, "index what-if", choice->unplanned.items[i]);
        if (choice->unplanned.len > UNPLANNED_SHOWN)
                unknown(w, "index what-if", arena_printf(a, "%zu more statements cannot be planned", choice->unplanned.len - UNPLANNED_SHOWN));
        for (size_t i = 0; i < choice->avoided.len; i++)
                unknown(w, "index avoided", choice->avoided.items[i]);
        if (choice->cut_short)
                unknown(w, "index what-if", arena_printf(a, "stopped after %zu questions; the indexes are those found until then", choice->calls));
}

static bool is_chosen(const struct index_choice *choice, int c)
{
        for (int i = 0; i < choice->count; i++)
                if (choice->set[i] == c)
                        return true;
        return false;
}

/* The set for now was searched for by itself, so that nothing in it waits for a partner; what the larger one has beyond it comes next. */
static void report_next(struct work *w, const struct index_choice *all, const struct index_choice *now, int count_max)
{
        for (int i = 0; i < all->count; i++) {
                const struct index_candidate *k = &w->candidates.v.items[all->set[i]];
                if (!is_chosen(now, all->set[i]))
                        unknown(w, "index next", arena_printf(w->in->arena, "%s%s would pay, too, %.0f MB: limits.index_count is %d, and the next advice weighs it against what is"
                                                              " built by then", k->table->name, k->text, fmax(1, k->size_bytes / 1e6), count_max));
        }
}

static void progress(const struct work *w)
{
        if (w->in->progress)
                w->in->progress(w->in->progress_arg, arena_printf(w->in->arena, "index what-if: %zu candidates for %zu statements", w->candidates.v.len, w->statements.len));
}

static double weigh(void *arg, const struct plan *plan)
{
        return plan_work_ms(arg, plan);
}

static int choose(struct work *w, double budget_bytes, int count_max, struct index_choice_in *ret_asked, struct index_choice *ret_choice, struct err *err)
{
        struct index_choice_in asked = {.arena = w->in->arena, .oracle = w->in->oracle, .catalog = w->catalog, .statements = w->statements.items,
                                        .n = w->statements.len, .pool = &w->candidates,
                                        .needs = w->needs.items, .need_count = w->needs.len, .budget_bytes = budget_bytes, .count_max = count_max,
                                        .calls_max = CALLS_A_STATEMENT * w->statements.len + CALLS_SPARE};
        w->in->oracle->weigh = weigh;
        w->in->oracle->weigh_arg = w->catalog;
        *ret_asked = asked;
        return index_choose(&asked, ret_choice, err);
}

static int choose_and_tell(struct work *w, struct err *err)
{
        const struct config *config = w->in->facts->config;
        double budget_bytes = config ? (double)config->index_budget_bytes : 2147483648.0;
        int count_max = config ? config->index_count : 0;
        struct index_choice_in asked;
        struct index_choice choice;
        int r = choose(w, budget_bytes, 0, &asked, &choice, err);
        if (r == 0 && count_max > 0 && choice.count > count_max) {
                struct index_choice all = choice;
                r = choose(w, budget_bytes, count_max, &asked, &choice, err);
                if (r == 0)
                        report_next(w, &all, &choice, count_max);
        }
        if (r < 0)
                return r;
        report(w, &choice);
        index_advice_add(&(struct index_advice_in){w->in, &asked, &choice}, w->out);
        return 0;
}

int index_look(struct arena *a, const struct facts *facts, struct oracle *oracle, double budget_bytes, struct index_looked *ret_looked, struct err *err)
{
        struct advise_in *in = arena_new_of(a, struct advise_in);
        struct advise_out *out = arena_new_of(a, struct advise_out);
        struct work *w = arena_new_of(a, struct work);
        *in = (struct advise_in){.arena = a, .facts = facts, .oracle = oracle};
        *w = (struct work){.in = in, .out = out, .catalog = index_catalog_new(a, facts, NULL), .all_propose = true};
        read_statements(w);
        return choose(w, budget_bytes, 0, &ret_looked->asked, &ret_looked->choice, err);
}

static int advise(const struct advise_in *in, struct advise_out *out, struct err *err)
{
        struct work w = {.in = in, .out = out};
        const char *target = in->n ? rule_row_text(&in->rows[0], "target") : NULL;
        if (in->oracle->unavailable) {
                unknown(&w, "index advice", in->oracle->unavailable);
                return 0;
        }
        w.catalog = index_catalog_new(in->arena, in->facts, target);
        if (!w.catalog->target) {
                unknown(&w, "index advice", "no PostgreSQL server was captured");
                return 0;
        }
        read_statements(&w);
        for (size_t i = 0; i < in->n; i++)
                read_foreign_key(&w, &in->rows[i]);
        if (!w.candidates.v.len)
                return 0;
        progress(&w);
        return choose_and_tell(&w, err);
}

const struct model model_index_gain = {
        .name = "index_gain",
        .doc = "which new indexes pay, over all statements, by what the planner would do with them",
        .args = "",
        .advise = advise,
};
