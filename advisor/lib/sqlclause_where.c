/*
 * Conditions of one block, and the tables that its columns are of.
 */
#include "lib/sqlclause_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The tables of a block, as JSON; NULL when one of its names is no table. */
static const char *tables_of_block(const struct clause_walker *w, int block)
{
        CLEANUP(sqltree_free) json_t *list = json_array();
        for (int i = 0; i < w->name_count; i++)
                if (w->names[i].block == block && !w->names[i].table)
                        return NULL;
                else if (w->names[i].block == block)
                        json_array_append_new(list, json_string(w->names[i].table));
        char *text = json_dumps(list, JSON_COMPACT);
        const char *kept = arena_strdup(w->arena, text);
        free(text);
        return kept;
}

static struct clause_column resolve(const struct clause_walker *w, const char *qualifier, const char *column, int block)
{
        struct clause_column c = {.column = column, .at = -1};
        for (int b = block; b >= 0; b = w->parents[b]) {
                int candidates = 0;
                const struct clause_name *found = NULL;
                for (int i = 0; i < w->name_count; i++) {
                        const struct clause_name *n = &w->names[i];
                        if (n->block != b || (qualifier && strcmp(n->alias, qualifier)))
                                continue;
                        found = n;
                        candidates++;
                }
                if (qualifier && found) {
                        c.table = found->table;
                        c.name = found;
                        c.derived = !found->table;
                        return c;
                }
                if (!qualifier && candidates) { /* of one table; of several nobody says which */
                        c.table = candidates == 1 ? found->table : NULL;
                        c.name = candidates == 1 ? found : NULL;
                        c.derived = candidates == 1 && !found->table;
                        c.among = candidates == 1 ? NULL : tables_of_block(w, b);
                        return c;
                }
        }
        c.derived = qualifier != NULL;
        return c;
}

bool clause_find_column(const struct clause_walker *w, const json_t *node, int block, struct clause_column *ret)
{
        const json_t *ref = tree_as(node, "ColumnRef"), *fields = json_object_get(ref, "fields");
        size_t n = json_array_size(fields);
        if (n == 0 || n > 3 || !tree_name(fields, -1))
                return false;
        *ret = resolve(w, n > 1 ? tree_name(fields, -2) : NULL, arena_strdup(w->arena, tree_name(fields, -1)), block);
        ret->at = (int)json_integer_value(json_object_get(ref, "location"));
        return true;
}

/* The first column of an expression. */
static bool column_inside(const struct clause_walker *w, const json_t *node, int block, struct clause_column *ret, int depth)
{
        const char *key;
        json_t *child;
        size_t i;
        if (depth > 40 || clause_find_column(w, node, block, ret))
                return depth <= 40;
        if (json_is_array(node))
                json_array_foreach (node, i, child)
                        if (column_inside(w, child, block, ret, depth + 1))
                                return true;
        if (json_is_object(node) && !tree_as(node, "SubLink"))
                json_object_foreach ((json_t *)node, key, child)
                        if (column_inside(w, child, block, ret, depth + 1))
                                return true;
        return false;
}

/* ── Conditions ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add(struct clause_walker *w, struct clause_column c, const char *op, const char *expr, int block, bool in_or, bool negated)
{
        if (c.derived || w->out->filters.len >= CLAUSE_FILTERS_MAX)
                return;
        bool known = c.table || c.among;
        *vec_push(w->arena, &w->out->filters) = (struct sql_filter){.table = c.table, .column = arena_strdup(w->arena, c.column), .op = known ? op : "hole", .expr = expr, .among = c.among,
                                                                    .in_or = in_or, .negated = negated, .block = block, .at = c.at};
}

static bool is_json_path(const json_t *node)
{
        const char *op = tree_name(json_object_get(tree_as(node, "A_Expr"), "name"), -1);
        if (tree_as(node, "TypeCast"))
                return is_json_path(json_object_get(tree_as(node, "TypeCast"), "arg"));
        return op && (!strcmp(op, "->") || !strcmp(op, "->>") || !strcmp(op, "#>") || !strcmp(op, "#>>"));
}

/* One side is a column or an expression over one, the other does not change while the table is read. */
static bool one_sided(struct clause_walker *w, const json_t *left, const json_t *right, const char *op, int block, bool in_or, bool negated)
{
        struct clause_column c;
        if (tree_mentions_column(right, 0) && !tree_as(right, "SubLink"))
                return false;
        size_t before = w->out->filters.len;
        if (clause_find_column(w, left, block, &c))
                add(w, c, op, NULL, block, in_or, negated);
        else if (column_inside(w, left, block, &c, 0))
                add(w, c, is_json_path(left) ? "json" : strcmp(op, "wildcard") ? "expr" : op, tree_render(w->arena, left, 0), block, in_or, negated);
        else
                return false;
        if (w->out->filters.len > before)
                w->out->filters.items[before].constant = tree_as(right, "A_Const") != NULL;
        return true;
}

static void compare(struct clause_walker *w, const json_t *left, const json_t *right, const char *op, int block, bool in_or, bool negated)
{
        struct clause_column l, r;
        if (clause_find_column(w, left, block, &l) && clause_find_column(w, right, block, &r)) {
                if (l.name && r.name && l.name->block != r.name->block) { /* the row around is given */
                        add(w, l.name->block == block ? l : r, "=", NULL, block, in_or, negated);
                } else if (!l.name || l.name != r.name) {
                        add(w, l, "join", NULL, block, in_or, negated);
                        add(w, r, "join", NULL, block, in_or, negated);
                }
                return;
        }
        if (!one_sided(w, left, right, op, block, in_or, negated))
                one_sided(w, right, left, op, block, in_or, negated);
}

/* What a pattern begins with: '%' || $1, concat('%', ...), 'a%'. */
static const char *pattern_op(const json_t *node, const char *plain)
{
        const char *text = tree_constant(node), *op = tree_name(json_object_get(tree_as(node, "A_Expr"), "name"), -1);
        const json_t *call = tree_as(node, "FuncCall");
        if (text)
                return *text == '%' || *text == '_' ? "wildcard" : plain;
        if (op && !strcmp(op, "||"))
                return pattern_op(json_object_get(tree_as(node, "A_Expr"), "lexpr"), plain);
        if (call && tree_name(json_object_get(call, "funcname"), -1) && !strcmp(tree_name(json_object_get(call, "funcname"), -1), "concat"))
                return pattern_op(json_array_get(json_object_get(call, "args"), 0), plain);
        return strcmp(plain, "like") ? plain : "like?";
}

static const char *range_op(struct clause_walker *w, const char *op)
{
        if (!strcmp(op, ">") || !strcmp(op, "<=") || !strcmp(op, ">="))
                return "<";
        return !strcmp(op, "!=") ? "<>" : arena_strdup(w->arena, op);
}

static void rows(struct clause_walker *w, const json_t *left, const json_t *right, const char *op, int block, bool in_or, bool negated)
{
        const json_t *l = json_object_get(left, "args"), *r = json_object_get(right, "args");
        for (size_t i = 0; i < json_array_size(l) && i < json_array_size(r); i++)
                compare(w, json_array_get(l, i), json_array_get(r, i), op, block, in_or, negated);
}

/* name::text LIKE: a cast that costs nothing and hides no index. */
static const json_t *without_text_cast(const json_t *node)
{
        const json_t *cast = tree_as(node, "TypeCast");
        const char *type = tree_name(json_object_get(json_object_get(cast, "typeName"), "names"), -1);
        return type && !strcmp(type, "text") && tree_as(json_object_get(cast, "arg"), "ColumnRef") ? json_object_get(cast, "arg") : node;
}

static void expression(struct clause_walker *w, const json_t *e, int block, bool in_or, bool negated)
{
        const char *kind = tree_text(e, "kind"), *op = tree_name(json_object_get(e, "name"), -1);
        const json_t *l = json_object_get(e, "lexpr"), *r = json_object_get(e, "rexpr");
        if (!kind || !op || !l)
                return;
        if (!strcmp(kind, "AEXPR_IN") || !strcmp(kind, "AEXPR_OP_ANY"))
                one_sided(w, l, r, *op == '=' ? "in" : "<>", block, in_or, negated);
        else if (!strncmp(kind, "AEXPR_BETWEEN", 13))
                one_sided(w, l, r, "<", block, in_or, negated);
        else if (!strcmp(kind, "AEXPR_LIKE") || !strcmp(kind, "AEXPR_ILIKE"))
                one_sided(w, without_text_cast(l), r, pattern_op(r, kind[6] == 'L' ? "like" : "ilike"), block, in_or, negated || *op == '!');
        else if (strcmp(kind, "AEXPR_OP"))
                one_sided(w, l, r, "<>", block, in_or, negated);
        else if (tree_as(l, "RowExpr") && tree_as(r, "RowExpr"))
                rows(w, tree_as(l, "RowExpr"), tree_as(r, "RowExpr"), range_op(w, op), block, in_or, negated);
        else
                compare(w, l, r, range_op(w, op), block, in_or, negated);
}

static void sublink(struct clause_walker *w, const json_t *link, int block, bool in_or, bool negated)
{
        struct clause_column c;
        const char *type = tree_text(link, "subLinkType");
        if (type && !strcmp(type, "ANY_SUBLINK") && clause_find_column(w, json_object_get(link, "testexpr"), block, &c))
                add(w, c, "in", NULL, block, in_or, negated);
}

static void boolean(struct clause_walker *w, const json_t *e, int block, bool in_or, bool negated)
{
        const char *op = tree_text(e, "boolop");
        const json_t *args = json_object_get(e, "args");
        bool or = op && !strcmp(op, "OR_EXPR"), not = op && !strcmp(op, "NOT_EXPR");
        for (size_t i = 0; i < json_array_size(args); i++)
                clause_condition(w, json_array_get(args, i), block, in_or || or, negated || not);
}

void clause_condition(struct clause_walker *w, const json_t *node, int block, bool in_or, bool negated)
{
        const json_t *n;
        struct clause_column c;
        if (!json_is_object(node) || ++w->depth > SQLTREE_DEPTH_MAX)
                return;
        if ((n = tree_as(node, "BoolExpr")))
                boolean(w, n, block, in_or, negated);
        else if ((n = tree_as(node, "A_Expr")))
                expression(w, n, block, in_or, negated);
        else if ((n = tree_as(node, "SubLink")))
                sublink(w, n, block, in_or, negated);
        else if ((n = tree_as(node, "NullTest")) && clause_find_column(w, json_object_get(n, "arg"), block, &c))
                add(w, c, tree_text(n, "nulltesttype") && !strcmp(tree_text(n, "nulltesttype"), "IS_NULL") ? "null" : "notnull", NULL, block, in_or, negated);
        else if (tree_as(node, "ParamRef")) /* AND %s: a condition that is filled in later */
                *vec_push(w->arena, &w->out->filters) = (struct sql_filter){.column = SQL_HOLE, .op = "hole", .block = block, .at = -1};
        else if (clause_find_column(w, node, block, &c) || ((n = tree_as(node, "BooleanTest")) && clause_find_column(w, json_object_get(n, "arg"), block, &c)))
                add(w, c, "=", NULL, block, in_or, negated);
        w->depth--;
}
