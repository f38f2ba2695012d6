#include "model/index_candidates.h"
#include "lib/plannable.h"
#include "model/index_size.h"
#include "model/index_unserved.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 16, INCLUDE_MAX = 6, RANGES_MAX = 3, STATEMENT_TABLES_MAX = 24 };
#define KEY_BYTES_MAX 400.0
#define INCLUDE_BYTES_MAX 64.0

/* ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A generic plan takes a tenth of the table for an unknown LIMIT; the rows that came back are a far better guess. */
static const char *with_limits(struct arena *a, const struct index_statement *s)
{
        const char *query = s->fact->query;
        double rows = s->fact->rows_per_call;
        for (size_t i = 0; i < s->shape.blocks.len; i++) {
                int n = s->shape.blocks.items[i].limit_param;
                if (n > 0 && !isnan(rows))
                        query = plannable_fix(a, query, n, (long)fmin(fmax(ceil(rows), 1), 1e9));
        }
        return query;
}

bool index_statement_read(const struct index_catalog *c, const struct fact_statement *fact, struct index_statement *ret_statement, const char **ret_why)
{
        struct index_statement s = {.fact = fact};
        struct shape_catalog names = index_catalog_shape(c);
        struct err err = {0};
        bool any = false;
        *ret_why = NULL;
        if (!fact->query || isnan(fact->mean_ms))
                return false;
        if (sqlshape_read(c->arena, fact->query, &names, &s.shape, &err) < 0) {
                *ret_why = arena_printf(c->arena, "the text is not understood: %s", err.msg);
                return false;
        }
        s.tables = arena_alloc(c->arena, (s.shape.tables.len + 1) * sizeof *s.tables);
        for (size_t i = 0; i < s.shape.tables.len; i++) {
                const struct shape_table *t = &s.shape.tables.items[i];
                s.tables[i] = t->real ? index_catalog_table(c, t->schema, t->name) : NULL;
                any |= s.tables[i] && s.tables[i]->rows >= INDEX_ROWS_MIN;
        }
        double window = c->facts->window_s;
        s.load_frac = !isnan(fact->calls_hz) ? fact->calls_hz * fact->mean_ms / 1000 : window > 0 ? fact->total_ms / 1000 / window : fact->total_ms / 1e6;
        s.query = with_limits(c->arena, &s);
        *ret_statement = s;
        if (!any)
                *ret_why = index_unserved_why(c, &s, false);
        return any;
}

/* ── Columns of one table in one statement ─────────────────────────────────────────────────────────────────────────── */

struct names {
        const char *items[LIST_MAX];
        int len;
};

struct wish {
        const struct index_catalog *c;
        struct index_statement *s;
        struct index_candidates *out;
        const struct fact_table *table;
        int t; /* in the shape */
        struct names equal, in, null, range, join, either; /* either: arms of an OR */
};

static bool holds(const struct names *n, const char *column)
{
        for (int i = 0; i < n->len; i++)
                if (!strcmp(n->items[i], column))
                        return true;
        return false;
}

static void put(struct wish *w, struct names *n, const char *column)
{
        const struct fact_column *col = index_catalog_column(w->c, w->table->oid, column);
        if (n->len == LIST_MAX || holds(n, column) || !col || !index_type_is_ordered(col->type) || col->avg_width > KEY_BYTES_MAX)
                return;
        n->items[n->len++] = column;
}

static void sort_out(struct wish *w)
{
        struct names *const of[SHAPE_KIND_COUNT] = {[SHAPE_EQ] = &w->equal, [SHAPE_IN] = &w->in, [SHAPE_NULL] = &w->null, [SHAPE_RANGE] = &w->range,
                                                    [SHAPE_JOIN] = &w->join};
        for (size_t i = 0; i < w->s->shape.conditions.len; i++) {
                const struct shape_condition *k = &w->s->shape.conditions.items[i];
                struct names *list = k->in_or ? (of[k->kind] ? &w->either : NULL) : of[k->kind];
                if (k->table == w->t && list)
                        put(w, list, k->column);
        }
}

static double selectivity_rank(const struct wish *w, const char *column)
{
        double d = index_catalog_distinct(w->table, index_catalog_column(w->c, w->table->oid, column));
        return isnan(d) ? 0 : d;
}

/* Most distinct first; the order of the statement decides between equals. */
static void by_selectivity(const struct wish *w, struct names *n)
{
        for (int i = 1; i < n->len; i++)
                for (int k = i; k > 0 && selectivity_rank(w, n->items[k]) > selectivity_rank(w, n->items[k - 1]); k--) {
                        const char *swap = n->items[k];
                        n->items[k] = n->items[k - 1];
                        n->items[k - 1] = swap;
                }
}

/* ── Building ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool has_key(const struct index_columns *c, const char *column)
{
        for (int i = 0; i < c->key_count; i++)
                if (!strcmp(c->keys[i].column, column))
                        return true;
        return false;
}

static bool add_key(struct index_columns *c, const char *column, bool desc, bool nulls_first)
{
        if (has_key(c, column))
                return true;
        if (c->key_count == INDEX_WIDTH_MAX)
                return false;
        c->keys[c->key_count++] = (struct index_key){.column = column, .desc = desc, .nulls_first = nulls_first};
        return true;
}

static void add_names(struct index_columns *c, const struct names *n)
{
        for (int i = 0; i < n->len && c->key_count < INDEX_WIDTH_MAX; i++)
                add_key(c, n->items[i], false, false);
}

static unsigned bucket_of(const struct fact_table *t, const char *text)
{
        uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)t->oid;
        for (const char *p = text; *p; p++)
                h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
        return (unsigned)(h % INDEX_BUCKETS);
}

static int add_new(const struct index_catalog *c, const struct fact_table *t, const struct index_columns *columns, const char *text,
                   struct index_candidates *out)
{
        if (t->kind && !strcmp(t->kind, "p")) /* cannot be built concurrently on the parent */
                return -1;
        if (!columns->key_count || out->v.len >= INDEX_CANDIDATES_MAX || index_catalog_covering(c, t->oid, columns))
                return -1;
        struct index_candidate k = {.table = t, .columns = *columns, .text = text};
        k.size_bytes = index_size_of(c, t, columns, &k.key_width);
        if (isnan(k.size_bytes) || k.key_width > KEY_BYTES_MAX + INCLUDE_BYTES_MAX)
                return -1;
        k.height = index_size_height(k.size_bytes, k.key_width);
        k.definition = arena_printf(c->arena, "CREATE INDEX ON %s USING btree %s", index_quote_table(c->arena, t), k.text);
        *vec_push(c->arena, &out->v) = k;
        return (int)out->v.len - 1;
}

int index_candidate_add(const struct index_catalog *c, const struct fact_table *t, const struct index_columns *columns, struct index_candidates *out)
{
        const char *text = index_columns_text(c->arena, columns);
        unsigned b = bucket_of(t, text);
        if (!out->buckets)
                out->buckets = arena_alloc(c->arena, INDEX_BUCKETS * sizeof *out->buckets);
        for (size_t i = 0; i < out->buckets[b].len; i++) {
                int k = out->buckets[b].items[i];
                if (out->v.items[k].table == t && !strcmp(out->v.items[k].text, text))
                        return k;
        }
        int k = add_new(c, t, columns, text, out);
        if (k >= 0)
                *vec_push(c->arena, &out->buckets[b]) = k;
        return k;
}

static void note(struct wish *w, const struct index_columns *columns)
{
        int k = index_candidate_add(w->c, w->table, columns, w->out);
        if (k < 0)
                return;
        for (size_t i = 0; i < w->s->own.len; i++)
                if (w->s->own.items[i] == k)
                        return;
        *vec_push(w->c->arena, &w->s->own) = k;
}

/* With the few narrow columns that the statement reads beside the keys, so that the table need not be visited. */
static void add_covering(struct wish *w, struct index_columns columns)
{
        double width = 0;
        if (w->s->shape.tables.items[w->t].star || w->s->shape.tables.items[w->t].target)
                return;
        for (size_t i = 0; i < w->s->shape.reads.len; i++) {
                const struct shape_column *r = &w->s->shape.reads.items[i];
                if (r->table != w->t || has_key(&columns, r->column))
                        continue;
                const struct fact_column *col = index_catalog_column(w->c, w->table->oid, r->column);
                if (!col || columns.include_count == INCLUDE_MAX || !((width += col->avg_width) <= INCLUDE_BYTES_MAX))
                        return;
                columns.include[columns.include_count++] = r->column;
        }
        if (columns.include_count)
                note(w, &columns);
}

static void propose(struct wish *w, const struct index_columns *columns)
{
        note(w, columns);
        add_covering(w, *columns);
}

/* The sort order behind the equal columns; one that is all opposite is read backwards. */
static void add_order(struct wish *w, const struct index_columns *equal, const struct shape_block *block)
{
        struct index_columns c = *equal;
        int first = c.key_count;
        if (!block->order_plain || !block->order.len || block->order.items[0].table != w->t)
                return;
        for (size_t i = 0; i < block->order.len; i++) {
                const struct shape_key *k = &block->order.items[i];
                const struct fact_column *col = index_catalog_column(w->c, w->table->oid, k->column);
                if (!col || !index_type_is_ordered(col->type) || !add_key(&c, k->column, k->desc, k->nulls_first))
                        return;
        }
        if (c.key_count > first && c.keys[first].desc)
                for (int i = first; i < c.key_count; i++) {
                        c.keys[i].desc = !c.keys[i].desc;
                        c.keys[i].nulls_first = !c.keys[i].nulls_first;
                }
        if (c.key_count == first)
                return;
        propose(w, &c);
        for (int i = 0; block->limit && i < w->range.len; i++) { /* what is not in the range is passed over within the index */
                struct index_columns passing = c;
                if (add_key(&passing, w->range.items[i], false, false) && passing.key_count > c.key_count)
                        propose(w, &passing);
        }
}

static void add_each(struct wish *w, const struct index_columns *equal, const struct names *each)
{
        for (int i = 0; i < each->len; i++) {
                struct index_columns c = *equal;
                if (add_key(&c, each->items[i], false, false) && c.key_count > equal->key_count)
                        propose(w, &c);
        }
}

/* Two ranges: the first bounds the scan, the second is checked within the index. */
static void add_ranges(struct wish *w, const struct index_columns *equal)
{
        for (int i = 0; i < w->range.len && w->range.len <= RANGES_MAX; i++) {
                struct index_columns c = *equal;
                if (add_key(&c, w->range.items[i], false, false) && c.key_count > equal->key_count)
                        add_each(w, &c, &w->range);
        }
}

static void add_singles(struct wish *w, const struct names *n)
{
        static const struct index_columns none;
        add_each(w, &none, n);
}

static void add_grouping(struct wish *w, const struct index_columns *equal, const struct shape_block *block)
{
        struct index_columns c = *equal;
        for (size_t i = 0; i < block->group.len; i++) {
                const struct shape_key *k = &block->group.items[i];
                const struct fact_column *col = index_catalog_column(w->c, w->table->oid, k->column);
                if (k->table != w->t || !col || !index_type_is_ordered(col->type) || !add_key(&c, k->column, false, false))
                        return;
        }
        if (c.key_count > equal->key_count)
                propose(w, &c);
        for (size_t i = 0; i < block->extremes.len; i++) {
                struct names one = {0};
                if (block->extremes.items[i].table == w->t)
                        put(w, &one, block->extremes.items[i].column);
                add_each(w, equal, &one);
        }
}

/* The inner side of a nested loop: the joined column leads, or follows what is equal to a constant. */
static void add_joins(struct wish *w, const struct index_columns *equal)
{
        add_singles(w, &w->join);
        add_each(w, equal, &w->join);
        for (int i = 0; i < w->join.len; i++) {
                struct index_columns c = {0};
                add_key(&c, w->join.items[i], false, false);
                add_each(w, &c, &w->join);
                add_each(w, &c, &w->range);
                add_each(w, &c, &w->in);
                add_names(&c, &w->equal);
                propose(w, &c);
        }
}

static void add_for_table(struct wish *w)
{
        const struct shape_block *block = &w->s->shape.blocks.items[w->s->shape.tables.items[w->t].block];
        sort_out(w);
        by_selectivity(w, &w->equal);
        struct index_columns none = {0}, equal = {0};
        add_names(&equal, &w->equal);
        if (equal.key_count)
                propose(w, &equal);
        struct index_columns with_in = equal;
        add_names(&with_in, &w->in);
        if (with_in.key_count > equal.key_count) {
                propose(w, &with_in);
                add_each(w, &with_in, &w->range);
        }
        add_order(w, &equal, block);
        if (block->limit && equal.key_count)
                add_order(w, &none, block);
        add_each(w, &equal, &w->range);
        add_ranges(w, &equal);
        add_each(w, &equal, &w->in);
        add_each(w, &equal, &w->null);
        add_grouping(w, &equal, block);
        add_joins(w, &equal);
        add_singles(w, &w->equal);
        add_singles(w, &w->in);
        add_singles(w, &w->range);
        add_each(w, &equal, &w->either);
        add_singles(w, &w->either);
}

void index_candidates_add(const struct index_catalog *c, struct index_statement *s, struct index_candidates *out)
{
        for (size_t t = 0; t < s->shape.tables.len && t < STATEMENT_TABLES_MAX; t++) {
                if (!s->tables[t] || !(s->tables[t]->rows >= INDEX_ROWS_MIN))
                        continue;
                struct wish w = {.c = c, .s = s, .out = out, .table = s->tables[t], .t = (int)t};
                add_for_table(&w);
        }
}
