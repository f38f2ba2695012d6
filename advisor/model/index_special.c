#include "model/index_special.h"
#include "base/str.h"
#include "model/index_size.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BRIN_CORRELATION 0.9  /* below that, ranges of pages overlap too much */
#define BRIN_PAGES 1000.0
#define BRIN_PAGES_A_RANGE 128.0
#define BRIN_RANGE_BYTES 24.0
#define PARTIAL_FRAC 0.5      /* a predicate that keeps more saves too little */
#define PARTIAL_RARE 0.05     /* a value more frequent than this is not worth an index of its own */
#define PARTIAL_VALUES 32.0   /* a constant of a column with more values is one of many, and would need as many indexes */
#define BRIN_WRITE 0.02       /* of a B-tree's entry: a summary of many pages */
#define GIN_WRITE 2.5         /* measured by WAL: 175 bytes against 72 */
#define GIN_LEFT 0.05         /* of the time of a scan, at best: bitmap, recheck */
#define GIN_ROW_BYTES 9.0     /* postings of a few keys, compressed */
#define GIST_WRITE 2.0        /* assumed: a descent that compares all keys of each page */
#define GIST_SHAPE 32.0       /* a shape is kept as its box */
#define GIST_SHAPE_FILL 0.64  /* measured: 60,000 points 68 bytes each, as many ranges 83 */
#define GIST_FILL 0.43

struct making {
        const struct index_catalog *c;
        struct index_statement *s;
        struct index_candidates *out;
        index_needs *needs;
        const struct fact_table *table;
        const struct fact_column *column;
        const struct shape_term *term;
};

static bool starts(const char *text, const char *with)
{
        return text && !strncmp(text, with, strlen(with));
}

static bool is_plain(struct arena *a, const char *name)
{
        return index_quote(a, name) == name;
}

/* Existing indexes say it in their own words: (lower(email)), ((payload ->> 'kind'::text)). */
static bool exists(const struct making *m, const char *method, const char *like)
{
        size_t n;
        const struct index_existing *all = index_catalog_of_table(m->c, m->table->oid, &n);
        for (size_t i = 0; i < n; i++) {
                const struct fact_index *e = all[i].fact;
                const char *keys = e->definition && e->method && !strcmp(e->method, method) ? strstr(e->definition, " USING ") : NULL;
                if (keys && strstr(keys, like))
                        return true;
        }
        return false;
}

static int add(const struct making *m, const char *method, const char *text, double bytes, double width, double write_share)
{
        struct arena *a = m->c->arena;
        const char *definition = arena_printf(a, "CREATE INDEX ON %s USING %s %s", index_quote_table(a, m->table), method, text);
        for (size_t i = 0; i < m->out->v.len; i++)
                if (!strcmp(m->out->v.items[i].definition, definition))
                        return (int)i;
        if (m->table->kind && !strcmp(m->table->kind, "p"))
                return -1;
        struct index_candidate k = {.table = m->table, .text = text, .definition = definition, .method = method, .special = true, .size_bytes = bytes, .key_width = width,
                                    .write_share = write_share};
        k.columns.keys[k.columns.key_count++].column = m->column->name;
        k.height = strcmp(method, "btree") != 0 ? 0 : index_size_height(bytes, width);
        *vec_push(a, &m->out->v) = k;
        return (int)m->out->v.len - 1;
}

static void own(const struct making *m, int c)
{
        for (size_t i = 0; i < m->s->own.len; i++)
                if (m->s->own.items[i] == c)
                        return;
        if (c >= 0)
                *vec_push(m->c->arena, &m->s->own) = c;
}

static double width_of(const struct making *m)
{
        return isnan(m->column->avg_width) ? 16 : m->column->avg_width;
}

static double distinct_of(const struct making *m)
{
        double d = index_catalog_distinct(m->table, m->column);
        return isnan(d) ? m->table->rows : d;
}

/* date_trunc and casts of timestamptz depend on the session's time zone: no index can be made of them. */
static void add_expression(const struct making *m)
{
        const char *text = m->term->text;
        if (starts(text, "date_trunc") && !starts(m->column->type, "timestamp without"))
                return;
        if (exists(m, "btree", *text == '(' ? m->term->column : text) && *text != '(')
                return;
        const char *keys = arena_printf(m->c->arena, "(%s)", text);
        double distinct = *text == '(' ? m->table->rows / 10 : distinct_of(m), width = *text == '(' ? 12 : starts(text, "date_trunc") ? 8 : width_of(m);
        own(m, add(m, "btree", keys, index_size(m->table->rows, fmin(distinct, m->table->rows), width, true), width, 1));
}

static void add_pattern(const struct making *m)
{
        const char *class = starts(m->column->type, "character varying") ? "varchar_pattern_ops" : starts(m->column->type, "character(") ? "bpchar_pattern_ops"
                            : !strcmp(m->column->type, "text") ? "text_pattern_ops" : NULL;
        const char *keys = class ? arena_printf(m->c->arena, "(%s %s)", m->column->name, class) : NULL;
        if (keys && !exists(m, "btree", keys + 1))
                own(m, add(m, "btree", keys, index_size(m->table->rows, fmin(distinct_of(m), m->table->rows), width_of(m), true), width_of(m), 1));
}

/* ── Partial ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The least frequent of the common values, the one that is worth an index of its own, and the most frequent. */
static double rarest(const struct making *m, double *ret_most)
{
        double least = 1;
        *ret_most = 0;
        for (const char *p = m->column->mcv_freqs; p && *p; p += strcspn(p, ",")) {
                p += strspn(p, "[, ");
                double f = strtod(p, NULL);
                if (f > 0)
                        least = fmin(least, f);
                *ret_most = fmax(*ret_most, f);
        }
        return least;
}

/* The share of the rows for which the predicate may hold, by the statistics alone: frequencies are known, their values are not. 1: too many values.
 * ret_most: the share for which it holds at most, by which size and writes are counted; "active" may be the rare value or the common one. */
static double kept_by(const struct making *m, double *ret_most)
{
        double nulls = isnan(m->column->null_frac) ? 0 : m->column->null_frac, values = distinct_of(m);
        if (str_ends(m->term->text, " IS NULL"))
                return *ret_most = nulls;
        if (str_ends(m->term->text, " IS NOT NULL"))
                return *ret_most = 1 - nulls;
        double least = rarest(m, ret_most);
        return values > PARTIAL_VALUES || least > PARTIAL_RARE ? 1 : fmin(least, (1 - nulls) / fmax(2, values));
}

/* The only column that the statement reads of the table beside that of the predicate, or NULL. */
static const char *only_read(const struct making *m)
{
        const struct shape *shape = &m->s->shape;
        const char *only = NULL;
        if (shape->tables.items[m->term->table].star || shape->tables.items[m->term->table].target)
                return NULL;
        for (size_t i = 0; i < shape->reads.len; i++) {
                const struct shape_column *r = &shape->reads.items[i];
                if (r->table != m->term->table || !strcmp(r->column, m->term->column) || (only && !strcmp(only, r->column)))
                        continue;
                if (only)
                        return NULL;
                only = r->column;
        }
        const struct fact_column *column = only ? index_catalog_column(m->c, m->table->oid, only) : NULL;
        return column && index_type_is_ordered(column->type) ? only : NULL;
}

/* What the rest of the statement asks of the table: the order that a LIMIT wants, other equal columns, a range; else the column that it reads, so that
 * the table need not be visited. */
static bool rest_keys(const struct making *m, struct index_columns *ret)
{
        const struct shape *shape = &m->s->shape;
        const struct shape_block *block = &shape->blocks.items[shape->tables.items[m->term->table].block];
        struct index_columns c = {0};
        for (int round = 0; round < 2; round++)
                for (size_t i = 0; i < shape->conditions.len && c.key_count < 3; i++) {
                        const struct shape_condition *k = &shape->conditions.items[i];
                        bool wanted = round ? k->kind == SHAPE_RANGE && !block->order.len : k->kind == SHAPE_EQ || k->kind == SHAPE_JOIN;
                        if (k->table == m->term->table && !k->in_or && wanted && strcmp(k->column, m->term->column) != 0)
                                c.keys[c.key_count++].column = k->column;
                }
        for (size_t i = 0; block->order_plain && i < block->order.len && c.key_count < 4; i++)
                if (block->order.items[i].table == m->term->table)
                        c.keys[c.key_count++] = (struct index_key){.column = block->order.items[i].column};
        const char *read = c.key_count ? NULL : only_read(m);
        if (!c.key_count)
                c.keys[c.key_count++].column = read ? read : m->term->column;
        *ret = c;
        return true;
}

/* Never where a view uses the table: a partial hypothetical index may take the backend down there (HypoPG #116). */
static void add_partial(const struct making *m)
{
        struct index_columns keys;
        double width, most, part = kept_by(m, &most);
        if (m->table->used_by_view || part > PARTIAL_FRAC || !rest_keys(m, &keys))
                return;
        double whole = index_size_of(m->c, m->table, &keys, &width);
        if (isnan(whole))
                return;
        const char *text = arena_printf(m->c->arena, "%s WHERE %s", index_columns_text(m->c->arena, &keys), m->term->text);
        int c = add(m, "btree", text, fmax(16384, whole * most), width, fmax(most, 1e-6));
        if (c < 0)
                return;
        struct index_columns *all = &m->out->v.items[c].columns; /* that of the predicate and the keys: an update of any can no longer be HOT */
        all->key_count = 1;
        for (int i = 0; i < keys.key_count; i++)
                if (strcmp(keys.keys[i].column, m->term->column) != 0)
                        all->keys[all->key_count++] = keys.keys[i];
        own(m, c);
}

/* ── BRIN ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_brin(struct making *m, const char *column)
{
        m->column = index_catalog_column(m->c, m->table->oid, column);
        if (!m->column || !(m->table->pages >= BRIN_PAGES) || !(fabs(m->column->correlation) >= BRIN_CORRELATION) || !is_plain(m->c->arena, column) ||
            exists(m, "brin", column))
                return;
        double bytes = 3 * 8192 + m->table->pages / BRIN_PAGES_A_RANGE * BRIN_RANGE_BYTES;
        own(m, add(m, "brin", arena_printf(m->c->arena, "(%s)", column), bytes, 0, BRIN_WRITE));
}

/* ── What the planner cannot be asked about ────────────────────────────────────────────────────────────────────────── */

static bool is_search_expression(const struct making *m)
{
        return m->term->kind == TERM_SEARCH && starts(m->term->text, "to_tsvector");
}

static const char *gin_text(const struct making *m)
{
        struct arena *a = m->c->arena;
        const char *type = m->column->type;
        if (m->term->kind == TERM_INFIX)
                return starts(type, "text") || starts(type, "character") ? arena_printf(a, "(%s gin_trgm_ops)", m->column->name) : NULL;
        if (m->term->kind == TERM_SEARCH)
                return is_search_expression(m) ? arena_printf(a, "(%s)", m->term->text) : !strcmp(type, "tsvector") ? arena_printf(a, "(%s)", m->column->name) : NULL;
        if (!strcmp(type, "jsonb"))
                return arena_printf(a, !strcmp(m->term->text, "@>") ? "(%s jsonb_path_ops)" : "(%s)", m->column->name);
        return str_ends(type, "[]") && m->term->kind == TERM_CONTAINS ? arena_printf(a, "(%s)", m->column->name) : NULL;
}

static bool is_shape(const char *type)
{
        static const char *const shapes[] = {"point", "box", "polygon", "circle", "geometry", "geography", NULL};
        const char *dot = strrchr(type, '.'), *name = dot ? dot + 1 : type;
        for (const char *const *s = shapes; *s; s++)
                if (starts(name, *s) && !isalpha((unsigned char)name[strlen(*s)]))
                        return true;
        return false;
}

/* Ranges, shapes and label trees; the nearest texts by trigrams. */
static const char *gist_text(const struct making *m)
{
        const char *type = m->column->type;
        bool text = !strcmp(type, "text") || starts(type, "character varying"), tree = str_ends(type, "ltree");
        if (m->term->kind == TERM_NEAREST && text)
                return arena_printf(m->c->arena, "(%s gist_trgm_ops)", m->column->name);
        if (!is_shape(type) && (m->term->kind == TERM_NEAREST || (!tree && !str_ends(type, "range"))))
                return NULL;
        return *m->term->text == '?' || !strcmp(m->term->text, "~=") ? NULL : arena_printf(m->c->arena, "(%s)", m->column->name);
}

/* The scan's time less what is left of it, which more rows make longer. Of a join nobody can say what share the scan has. */
static void need(const struct making *m, int c, const char *basis)
{
        double found = isnan(m->s->fact->rows_per_call) ? 0 : m->s->fact->rows_per_call / m->table->rows, left = fmin(1, GIN_LEFT + 3 * found);
        if (c < 0 || left > 0.5)
                return;
        m->out->v.items[c].basis = basis;
        *vec_push(m->c->arena, m->needs) = (struct index_need){.table = m->table, .definition = m->out->v.items[c].definition, .statement = m->s->fact->queryid,
                                                               .scan_ms = m->s->fact->mean_ms, .gain_frac = m->s->load_frac * (1 - left)};
}

static void add_gin(const struct making *m)
{
        const char *text = m->s->shape.tables.len == 1 ? gin_text(m) : NULL;
        if (!text || exists(m, "gin", is_search_expression(m) ? "to_tsvector" : m->column->name))
                return;
        double words = m->term->kind == TERM_INFIX ? width_of(m) / 3 : fmax(1, width_of(m) / (is_search_expression(m) ? 12 : 24));
        int c = add(m, "gin", text, m->table->rows * words * GIN_ROW_BYTES / 2 + 65536, width_of(m), GIN_WRITE);
        need(m, c, m->term->kind == TERM_INFIX ? "own formula: HypoPG knows no GIN; needs the extension pg_trgm" : "own formula: HypoPG knows no GIN");
}

static void add_gist(const struct making *m)
{
        const char *text = m->s->shape.tables.len == 1 ? gist_text(m) : NULL;
        bool limited = m->term->kind != TERM_NEAREST || m->s->shape.blocks.items[m->s->shape.tables.items[m->term->table].block].limit;
        if (!text || !limited || exists(m, "gist", m->column->name))
                return;
        bool shape = is_shape(m->column->type);
        double key = shape ? GIST_SHAPE : ceil(width_of(m) / 8) * 8, bytes = m->table->rows * (key + 12) / (shape ? GIST_SHAPE_FILL : GIST_FILL) + 8192;
        need(m, add(m, "gist", text, bytes, key, GIST_WRITE),
             strstr(text, "gist_trgm_ops") ? "own formula: HypoPG knows no GiST; needs the extension pg_trgm" : "own formula: HypoPG knows no GiST");
}

/* ── All ───────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_term(const struct making *m)
{
        switch (m->term->kind) {
        case TERM_EXPRESSION:
                add_expression(m);
                break;
        case TERM_PATTERN:
                add_pattern(m);
                break;
        case TERM_CONSTANT:
                add_partial(m);
                break;
        case TERM_INFIX:
        case TERM_CONTAINS:
        case TERM_SEARCH:
        case TERM_NEAREST:
                add_gin(m);
                add_gist(m);
                break;
        }
}

void index_special_add(const struct index_catalog *c, struct index_statement *s, struct index_candidates *out, index_needs *needs)
{
        struct making m = {.c = c, .s = s, .out = out, .needs = needs};
        for (size_t i = 0; i < s->shape.terms.len; i++) {
                m.term = &s->shape.terms.items[i];
                m.table = s->tables[m.term->table];
                m.column = m.table ? index_catalog_column(c, m.table->oid, m.term->column) : NULL;
                if (m.column && m.column->type && !m.term->in_or && m.table->rows >= INDEX_ROWS_MIN && is_plain(c->arena, m.term->column))
                        add_term(&m);
        }
        for (size_t i = 0; i < s->shape.conditions.len; i++) {
                const struct shape_condition *k = &s->shape.conditions.items[i];
                m.table = s->tables[k->table];
                if (m.table && k->kind == SHAPE_RANGE && k->other < 0 && m.table->rows >= INDEX_ROWS_MIN)
                        add_brin(&m, k->column);
        }
}
