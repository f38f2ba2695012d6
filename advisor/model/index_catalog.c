#include "model/index_catalog.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ── Lookups ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_table_name(const void *x, const void *y)
{
        const struct fact_table *a = *(const struct fact_table *const *)x, *b = *(const struct fact_table *const *)y;
        int c = strcmp(a->name, b->name);
        return c ? c : strcmp(a->schema, b->schema);
}

static int by_column_name(const void *x, const void *y)
{
        const struct fact_column *a = *(const struct fact_column *const *)x, *b = *(const struct fact_column *const *)y;
        if (a->table_oid != b->table_oid)
                return a->table_oid < b->table_oid ? -1 : 1;
        return strcmp(a->name, b->name);
}

static int by_table_and_oid(const void *x, const void *y)
{
        const struct fact_index *a = ((const struct index_existing *)x)->fact, *b = ((const struct index_existing *)y)->fact;
        if (a->table_oid != b->table_oid)
                return a->table_oid < b->table_oid ? -1 : 1;
        return a->oid < b->oid ? -1 : a->oid > b->oid;
}

static bool same(const char *a, const char *b)
{
        return a && b && !strcmp(a, b);
}

static void fill(struct index_catalog *c)
{
        const struct facts *f = c->facts;
        for (size_t i = 0; i < f->tables.len; i++)
                if (same(f->tables.items[i].target, c->target))
                        *vec_push(c->arena, &c->tables) = &f->tables.items[i];
        for (size_t i = 0; i < f->columns.len; i++)
                if (same(f->columns.items[i].target, c->target))
                        *vec_push(c->arena, &c->columns) = &f->columns.items[i];
        for (size_t i = 0; i < f->indexes.len; i++) {
                struct index_existing e = {.fact = &f->indexes.items[i]};
                if (!same(e.fact->target, c->target))
                        continue;
                e.known = index_columns_parse(c->arena, e.fact->definition, &e.columns);
                *vec_push(c->arena, &c->indexes) = e;
        }
}

struct index_catalog *index_catalog_new(struct arena *a, const struct facts *facts, const char *target)
{
        struct index_catalog *c = arena_new_of(a, struct index_catalog);
        *c = (struct index_catalog){.arena = a, .facts = facts, .target = target ? target : facts->servers.len ? facts->servers.items[0].target : NULL};
        fill(c);
        if (c->tables.len)
                qsort(c->tables.items, c->tables.len, sizeof *c->tables.items, by_table_name);
        if (c->columns.len)
                qsort(c->columns.items, c->columns.len, sizeof *c->columns.items, by_column_name);
        if (c->indexes.len)
                qsort(c->indexes.items, c->indexes.len, sizeof *c->indexes.items, by_table_and_oid);
        return c;
}

const struct fact_table *index_catalog_table(const struct index_catalog *c, const char *schema, const char *name)
{
        size_t lo = 0, hi = c->tables.len;
        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                if (strcmp(c->tables.items[mid]->name, name) < 0)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        const struct fact_table *found = NULL;
        for (; lo < c->tables.len && !strcmp(c->tables.items[lo]->name, name); lo++) {
                if (schema && strcmp(c->tables.items[lo]->schema, schema) != 0)
                        continue;
                if (found)
                        return NULL;
                found = c->tables.items[lo];
        }
        return found;
}

const struct fact_column *index_catalog_column(const struct index_catalog *c, int64_t table_oid, const char *name)
{
        const struct fact_column wanted = {.table_oid = table_oid, .name = name}, *key = &wanted;
        if (!c->columns.len || !name)
                return NULL;
        const struct fact_column *const *found = bsearch(&key, c->columns.items, c->columns.len, sizeof *c->columns.items, by_column_name);
        return found ? *found : NULL;
}

const struct index_existing *index_catalog_of_table(const struct index_catalog *c, int64_t table_oid, size_t *ret_n)
{
        size_t lo = 0, hi = c->indexes.len, end;
        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                if (c->indexes.items[mid].fact->table_oid < table_oid)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        for (end = lo; end < c->indexes.len && c->indexes.items[end].fact->table_oid == table_oid; end++)
                ;
        *ret_n = end - lo;
        return end > lo ? &c->indexes.items[lo] : NULL;
}

static bool has_column(void *arg, const char *schema, const char *table, const char *column)
{
        const struct index_catalog *c = arg;
        const struct fact_table *t = index_catalog_table(c, schema, table);
        return t && index_catalog_column(c, t->oid, column);
}

struct shape_catalog index_catalog_shape(const struct index_catalog *c)
{
        return (struct shape_catalog){has_column, (void *)c};
}

double index_catalog_distinct(const struct fact_table *t, const struct fact_column *c)
{
        if (!c || isnan(c->n_distinct) || c->n_distinct == 0)
                return NAN;
        return c->n_distinct < 0 ? -c->n_distinct * t->rows : c->n_distinct;
}

/* ── Definitions ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The bracket that closes the one at p, past quotes; NULL when there is none. */
static const char *closing(const char *p)
{
        int depth = 0;
        for (; *p; p++) {
                if (*p == '"' || *p == '\'') {
                        const char *end = strchr(p + 1, *p);
                        if (!end)
                                return NULL;
                        p = end;
                } else if (*p == '(') {
                        depth++;
                } else if (*p == ')' && --depth == 0) {
                        return p;
                }
        }
        return NULL;
}

static const char *parse_name(struct arena *a, const char **p)
{
        CLEANUP(str_release) struct str s = {0};
        if (**p == '"') {
                for (++*p; **p && (**p != '"' || (*p)[1] == '"'); ++*p) {
                        *p += **p == '"';
                        str_add_char(&s, **p);
                }
                *p += **p == '"';
        } else {
                while (isalnum((unsigned char)**p) || **p == '_' || **p == '$' || (unsigned char)**p >= 0x80)
                        str_add_char(&s, *(*p)++);
        }
        return s.len && **p != '(' && **p != '.' ? arena_strdup(a, str_text(&s)) : NULL;
}

/* One item of a key list: name [COLLATE x] [opclass] [DESC] [NULLS FIRST|LAST]. */
static struct index_key parse_key(struct arena *a, const char *text)
{
        struct index_key k = {0};
        const char *p = text;
        k.column = parse_name(a, &p);
        if (!k.column)
                return k;
        CLEANUP(str_release) struct str rest = {0};
        str_add(&rest, p);
        char *save, *word = strtok_r(rest.buf ? rest.buf : (char[]){0}, " ", &save);
        bool nulls = false;
        for (; word; word = strtok_r(NULL, " ", &save)) {
                if (!strcmp(word, "DESC"))
                        k.desc = true;
                else if (!strcmp(word, "FIRST") || !strcmp(word, "LAST"))
                        k.nulls_first = *word == 'F', nulls = true;
                else if (strcmp(word, "NULLS") != 0 && strcmp(word, "ASC") != 0)
                        k.odd = true;
        }
        if (!nulls)
                k.nulls_first = k.desc;
        return k;
}

/* Calls add for each item of the list in the brackets at `open`. False when there are too many. */
static bool parse_list(struct arena *a, const char *open, struct index_key *keys, int *count)
{
        const char *end = closing(open), *item = open + 1;
        if (!end)
                return false;
        int depth = 0;
        for (const char *p = item; p <= end; p++) {
                if (*p == '"') {
                        p = strchr(p + 1, '"');
                        if (!p)
                                return false;
                        continue;
                }
                depth += *p == '(' ? 1 : *p == ')' && p < end ? -1 : 0;
                if (p != end && (*p != ',' || depth))
                        continue;
                if (*count == INDEX_KEYS_MAX)
                        return false;
                while (*item == ' ')
                        item++;
                keys[(*count)++] = parse_key(a, arena_strndup(a, item, (size_t)(p - item)));
                item = p + 1;
        }
        return true;
}

bool index_columns_parse(struct arena *a, const char *definition, struct index_columns *ret_columns)
{
        struct index_columns c = {0};
        struct index_key include[INDEX_KEYS_MAX];
        const char *using = definition ? strstr(definition, " USING ") : NULL, *open = using ? strchr(using, '(') : NULL;
        if (!open || !parse_list(a, open, c.keys, &c.key_count))
                return false;
        const char *end = closing(open);
        if (str_starts(end + 1, " INCLUDE (")) {
                if (!parse_list(a, strchr(end + 1, '('), include, &c.include_count))
                        return false;
                for (int i = 0; i < c.include_count; i++)
                        c.include[i] = include[i].column;
        }
        *ret_columns = c;
        return true;
}

static void add_key(struct arena *a, struct str *s, const struct index_key *k)
{
        str_add(s, index_quote(a, k->column));
        if (k->desc)
                str_add(s, " DESC");
        if (k->nulls_first != k->desc)
                str_add(s, k->nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

const char *index_columns_text(struct arena *a, const struct index_columns *c)
{
        CLEANUP(str_release) struct str s = {0};
        for (int i = 0; i < c->key_count; i++) {
                str_add(&s, i ? ", " : "(");
                add_key(a, &s, &c->keys[i]);
        }
        str_add(&s, ")");
        for (int i = 0; i < c->include_count; i++) {
                str_add(&s, i ? ", " : " INCLUDE (");
                str_add(&s, index_quote(a, c->include[i]));
        }
        str_add(&s, c->include_count ? ")" : "");
        return arena_strdup(a, str_text(&s));
}

static bool carries(const struct index_columns *c, const char *column)
{
        for (int i = 0; i < c->key_count; i++)
                if (same(c->keys[i].column, column))
                        return true;
        for (int i = 0; i < c->include_count; i++)
                if (same(c->include[i], column))
                        return true;
        return false;
}

bool index_columns_cover(const struct index_columns *wide, const struct index_columns *narrow)
{
        bool forward = true, backward = true;
        if (narrow->key_count > wide->key_count)
                return false;
        for (int i = 0; i < narrow->key_count; i++) {
                const struct index_key *w = &wide->keys[i], *n = &narrow->keys[i];
                if (!same(w->column, n->column) || w->odd || n->odd)
                        return false;
                forward &= w->desc == n->desc && w->nulls_first == n->nulls_first;
                backward &= w->desc != n->desc && w->nulls_first != n->nulls_first;
        }
        for (int i = 0; i < narrow->include_count; i++)
                if (!carries(wide, narrow->include[i]))
                        return false;
        return forward || backward;
}

const struct index_existing *index_catalog_covering(const struct index_catalog *c, int64_t table_oid, const struct index_columns *columns)
{
        size_t n;
        const struct index_existing *all = index_catalog_of_table(c, table_oid, &n);
        for (size_t i = 0; i < n; i++) {
                const struct index_existing *e = &all[i];
                if (e->known && e->fact->is_valid && same(e->fact->method, "btree") && !e->fact->predicate &&
                    index_columns_cover(&e->columns, columns))
                        return e;
        }
        return NULL;
}

/* ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Key words of PostgreSQL that are no names without quotes. */
static const char *const reserved[] = {
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary", "both", "case", "cast", "check",
        "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
        "current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
        "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into",
        "is", "isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset",
        "on", "only", "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select", "session_user", "similar",
        "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic",
        "verbose", "when", "where", "window", "with", NULL,
};

static bool is_plain(const char *name)
{
        if (!islower((unsigned char)*name) && *name != '_')
                return false;
        for (const char *p = name; *p; p++)
                if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '_')
                        return false;
        for (const char *const *r = reserved; *r; r++)
                if (!strcmp(*r, name))
                        return false;
        return true;
}

const char *index_quote(struct arena *a, const char *name)
{
        CLEANUP(str_release) struct str s = {0};
        if (is_plain(name))
                return name;
        str_add_char(&s, '"');
        for (const char *p = name; *p; p++) {
                if (*p == '"')
                        str_add_char(&s, '"');
                str_add_char(&s, *p);
        }
        str_add_char(&s, '"');
        return arena_strdup(a, str_text(&s));
}

const char *index_quote_table(struct arena *a, const struct fact_table *t)
{
        return arena_printf(a, "%s.%s", index_quote(a, t->schema), index_quote(a, t->name));
}
