/*
 * What comes out of a statement: in which order, how much of it, which columns.
 */
#include "lib/sqlclause_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int least_location(const json_t *node, int depth)
{
        const char *key;
        json_t *child;
        size_t i;
        int least = -1;
        if (depth > 40)
                return -1;
        if (json_is_array(node))
                json_array_foreach (node, i, child) {
                        int at = least_location(child, depth + 1);
                        least = at >= 0 && (least < 0 || at < least) ? at : least;
                }
        if (json_is_object(node))
                json_object_foreach ((json_t *)node, key, child) {
                        int at = !strcmp(key, "location") ? (int)json_integer_value(child) : least_location(child, depth + 1);
                        least = at >= 0 && (least < 0 || at < least) ? at : least;
                }
        return least;
}

static bool only_aggregates(const json_t *targets)
{
        static const char *const names[] = {"count", "sum", "min", "max", "avg", "bool_and", "bool_or", "array_agg", "json_agg", "jsonb_agg", "string_agg", "every"};
        for (size_t i = 0; i < json_array_size(targets); i++) {
                const json_t *v = json_object_get(tree_as(json_array_get(targets, i), "ResTarget"), "val");
                const char *name = NULL;
                if (tree_as(v, "CoalesceExpr"))
                        v = json_array_get(json_object_get(tree_as(v, "CoalesceExpr"), "args"), 0);
                if (tree_as(v, "SubLink") || tree_as(v, "A_Const"))
                        continue;
                name = tree_name(json_object_get(tree_as(v, "FuncCall"), "funcname"), -1);
                bool known = false;
                for (size_t k = 0; name && k < sizeof names / sizeof *names; k++)
                        known |= !strcmp(name, names[k]) && !json_object_get(tree_as(v, "FuncCall"), "over");
                if (!known)
                        return false;
        }
        return json_array_size(targets) > 0;
}

/* ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *sqlclause_projection(struct arena *a, const char **names, size_t n)
{
        CLEANUP(sqltree_free) json_t *list = json_array();
        if (n)
                qsort(names, n, sizeof *names, by_text);
        for (size_t i = 0; i < n; i++)
                if (!i || strcmp(names[i], names[i - 1]))
                        json_array_append_new(list, json_string(names[i]));
        char *text = json_dumps(list, JSON_COMPACT);
        const char *kept = arena_strdup(a, text ? text : "[]");
        free(text);
        return kept;
}

/* One thing that is selected: table.column, count, one (a constant); NULL: anything else. */
static const char *selected(struct clause_walker *w, const json_t *value, int block)
{
        struct clause_column c;
        const char *call = tree_name(json_object_get(tree_as(value, "FuncCall"), "funcname"), -1);
        if (clause_find_column(w, value, block, &c))
                return c.table ? arena_printf(w->arena, "%s.%s", c.table, c.column) : NULL;
        if (call && !strcmp(call, "count") && !json_object_get(tree_as(value, "FuncCall"), "over"))
                return "count";
        return tree_as(value, "A_Const") || tree_as(value, "ParamRef") ? "one" : NULL;
}

static void project(struct clause_walker *w, const json_t *targets, int block, bool written)
{
        size_t n = json_array_size(targets);
        const char **names = arena_alloc(w->arena, (n + 1) * sizeof *names);
        for (size_t i = 0; i < n; i++) {
                const json_t *t = tree_as(json_array_get(targets, i), "ResTarget");
                names[i] = written ? tree_text(t, "name") : selected(w, json_object_get(t, "val"), block);
                if (!names[i])
                        return;
        }
        if (n)
                w->out->projection = sqlclause_projection(w->arena, names, n);
}

void clause_change(struct clause_walker *w, const json_t *stmt, int block)
{
        const json_t *insert = tree_as(stmt, "InsertStmt"), *update = tree_as(stmt, "UpdateStmt");
        if (json_array_size(json_object_get(tree_as(json_object_get(insert, "selectStmt"), "SelectStmt"), "valuesLists")) > 1)
                w->out->extras = "m";
        if (insert || update)
                project(w, json_object_get(insert ? insert : update, insert ? "cols" : "targetList"), block, true);
}

/* What the clauses do not say, and statements differ by: d(istinct) g(rouped) l(imited) u (for update) +(OFFSET). */
static const char *extras(struct arena *a, const json_t *s)
{
        return arena_printf(a, "%s%s%s%s%s", json_object_get(s, "distinctClause") ? "d" : "", json_object_get(s, "groupClause") ? "g" : "",
                            json_object_get(s, "limitCount") ? "l" : "", json_object_get(s, "lockingClause") ? "u" : "", json_object_get(s, "limitOffset") ? "+" : "");
}

/* ── Order, limit ──────────────────────────────────────────────────────────────────────────────────────────────────── */

void clause_outermost(struct clause_walker *w, const json_t *s, int block)
{
        const json_t *sort = json_object_get(s, "sortClause"), *offset = json_object_get(s, "limitOffset"), *zero = tree_as(offset, "A_Const");
        struct sql_clauses *out = w->out;
        for (size_t i = 0; i < json_array_size(sort); i++) {
                const json_t *by = tree_as(json_array_get(sort, i), "SortBy");
                struct clause_column c;
                if (!clause_find_column(w, json_object_get(by, "node"), block, &c)) {
                        out->orders.len = 0;
                        break;
                }
                const char *direction = tree_text(by, "sortby_dir");
                *vec_push(w->arena, &out->orders) = (struct sql_order){c.table, arena_strdup(w->arena, c.column), direction && !strcmp(direction, "SORTBY_DESC")};
        }
        if (!json_object_get(s, "larg"))
                project(w, json_object_get(s, "targetList"), block, false);
        out->extras = extras(w->arena, s);
        out->limited = json_object_get(s, "limitCount") || (!json_object_get(s, "groupClause") && only_aggregates(json_object_get(s, "targetList"))) ||
                       (!json_object_get(s, "fromClause") && !json_object_get(s, "larg"));
        out->has_offset = offset && !(zero && json_object_get(zero, "ival") && !json_integer_value(json_object_get(json_object_get(zero, "ival"), "ival")));
        out->offset_at = out->has_offset ? least_location(offset, 0) : -1;
}
