/*
 * Clauses as the JSON columns of code_statement, and the shape that is made of these columns again.
 */
#include "base/str.h"
#include "lib/sqlclause.h"
#include "lib/sqltree_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void set_text(json_t *o, const char *key, const char *value)
{
        if (value)
                json_object_set_new(o, key, json_string(value));
}

static const char *dumped(struct arena *a, const json_t *list)
{
        char *text = json_dumps(list, JSON_COMPACT);
        const char *kept = arena_strdup(a, text ? text : "[]");
        free(text);
        return kept;
}

const char *sqlclause_filters_json(struct arena *a, const struct sql_clauses *c)
{
        CLEANUP(sqltree_free) json_t *list = json_array();
        for (size_t i = 0; i < c->filters.len; i++) {
                const struct sql_filter *f = &c->filters.items[i];
                json_t *o = json_object();
                set_text(o, "table", f->table);
                set_text(o, "column", f->column);
                set_text(o, "op", f->op);
                set_text(o, "expr", f->expr);
                set_text(o, "among", f->among);
                if (f->in_or)
                        json_object_set_new(o, "or", json_integer(1));
                if (f->negated)
                        json_object_set_new(o, "not", json_integer(1));
                if (f->constant)
                        json_object_set_new(o, "const", json_integer(1));
                json_object_set_new(o, "block", json_integer(f->block));
                if (f->line)
                        json_object_set_new(o, "line", json_integer(f->line));
                json_array_append_new(list, o);
        }
        return dumped(a, list);
}

const char *sqlclause_orders_json(struct arena *a, const struct sql_clauses *c)
{
        CLEANUP(sqltree_free) json_t *list = json_array();
        for (size_t i = 0; i < c->orders.len; i++) {
                const struct sql_order *by = &c->orders.items[i];
                json_t *o = json_object();
                set_text(o, "table", by->table);
                set_text(o, "column", by->column);
                if (by->desc)
                        json_object_set_new(o, "desc", json_integer(1));
                json_array_append_new(list, o);
        }
        return dumped(a, list);
}

/* ── Shape ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Classes of operators that two writers of the same condition agree in. */
static const char *op_class(const char *op)
{
        static const char *const same[][2] = {{"ilike", "like"}, {"wildcard", "like"}, {"like?", "like"}, {">", "<"}, {"<=", "<"}, {">=", "<"}, {"between", "<"}};
        for (size_t i = 0; i < sizeof same / sizeof *same; i++)
                if (!strcmp(op, same[i][0]))
                        return same[i][1];
        return op;
}

static void add_sorted(struct str *out, const char **items, size_t n)
{
        qsort(items, n, sizeof *items, by_text);
        for (size_t i = 0; i < n; i++)
                if (!i || strcmp(items[i], items[i - 1]))
                        str_printf(out, "%s%s", i ? "," : "", items[i]);
}

static bool add_filters(struct arena *a, struct str *out, const json_t *filters)
{
        const char **items = arena_alloc(a, (json_array_size(filters) + 1) * sizeof *items);
        size_t n = 0;
        for (size_t i = 0; i < json_array_size(filters); i++) {
                const json_t *f = json_array_get(filters, i);
                const char *table = tree_text(f, "table"), *column = tree_text(f, "column"), *op = tree_text(f, "op");
                if (op && !strcmp(op, "join"))
                        continue; /* follows from the tables */
                if (!table || !column || !op)
                        return false;
                const char *class = tree_text(f, "expr") && strcmp(op, "json") ? "expr" : op_class(op);
                items[n++] = arena_printf(a, "%s.%s %s%s%s", table, column, class, json_object_get(f, "or") ? " or" : "", json_object_get(f, "not") ? " not" : "");
        }
        add_sorted(out, items, n);
        return true;
}

const char *sqlclause_shape(struct arena *a, const char *kind, const char *tables, const char *filters, const char *orders, const char *extras)
{
        CLEANUP(sqltree_free) json_t *t = tables ? json_loads(tables, 0, NULL) : NULL, *f = filters ? json_loads(filters, 0, NULL) : NULL,
                                    *o = orders ? json_loads(orders, 0, NULL) : NULL;
        CLEANUP(str_release) struct str out = {0};
        if (!kind || !json_array_size(t) || !f)
                return NULL;
        const char **names = arena_alloc(a, json_array_size(t) * sizeof *names);
        for (size_t i = 0; i < json_array_size(t); i++) {
                const char *name = json_string_value(json_array_get(t, i)), *dot = name ? strrchr(name, '.') : NULL;
                names[i] = dot ? dot + 1 : name ? name : "";
        }
        str_printf(&out, "%s%s%s|", kind, extras && *extras ? " " : "", extras ? extras : "");
        add_sorted(&out, names, json_array_size(t));
        str_add_char(&out, '|');
        if (!add_filters(a, &out, f))
                return NULL;
        str_add_char(&out, '|');
        for (size_t i = 0; i < json_array_size(o); i++) {
                const json_t *by = json_array_get(o, i);
                const char *column = tree_text(by, "column");
                str_printf(&out, "%s%s%s", i ? "," : "", column ? column : "?", json_is_true(json_object_get(by, "desc")) || json_integer_value(json_object_get(by, "desc")) ? " desc" : "");
        }
        return arena_strdup(a, str_text(&out));
}
