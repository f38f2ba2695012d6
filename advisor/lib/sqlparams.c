/*
 * One walk over the parse tree with the tables of each SELECT (UPDATE, DELETE) in scope; the scope of a subquery has the one around it behind
 * it. WITH queries and subqueries in FROM have no columns of their own here.
 */
#include "lib/sqlparams.h"
#include "lib/sqltree_impl.h"

#include <jansson.h>
#include <string.h>

enum { TABLES_MAX = 64, PARAMS_MAX = 1000 };

struct scope {
        const struct scope *outer;
        struct {
                const char *schema, *name, *alias;
        } tables[TABLES_MAX];
        int len;
};

struct walker {
        struct arena *arena;
        struct sql_params *out;
        int depth;
};

static void walk(struct walker *w, const json_t *node, const struct scope *scope);

/* ── Scopes ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_table(struct walker *w, struct scope *s, const json_t *var)
{
        const char *name = tree_text(var, "relname"), *alias = tree_text(json_object_get(var, "alias"), "aliasname");
        if (!name || s->len == TABLES_MAX)
                return;
        s->tables[s->len].schema = arena_strdup(w->arena, tree_text(var, "schemaname"));
        s->tables[s->len].name = arena_strdup(w->arena, name);
        s->tables[s->len++].alias = arena_strdup(w->arena, alias ? alias : name);
}

static void add_from(struct walker *w, struct scope *s, const json_t *item, int depth)
{
        const json_t *join = tree_as(item, "JoinExpr");
        if (tree_as(item, "RangeVar"))
                add_table(w, s, tree_as(item, "RangeVar"));
        if (!join || depth > SQLTREE_DEPTH_MAX)
                return;
        add_from(w, s, json_object_get(join, "larg"), depth + 1);
        add_from(w, s, json_object_get(join, "rarg"), depth + 1);
}

static void open_scope(struct walker *w, const json_t *stmt, struct scope *s)
{
        static const char *const lists[] = {"fromClause", "usingClause"};
        for (size_t l = 0; l < 2; l++) {
                const json_t *list = json_object_get(stmt, lists[l]);
                for (size_t i = 0; i < json_array_size(list); i++)
                        add_from(w, s, json_array_get(list, i), 0);
        }
        if (json_object_get(stmt, "relation"))
                add_table(w, s, json_object_get(stmt, "relation"));
}

/* ── Parameters ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void note(struct walker *w, struct sql_param p)
{
        if (w->out->v.len < PARAMS_MAX)
                *vec_push(w->arena, &w->out->v) = p;
}

/* One row for each table that the column may be of. */
static void note_column(struct walker *w, struct sql_param p, const json_t *ref, const struct scope *scope)
{
        const json_t *fields = json_object_get(ref, "fields");
        size_t n = json_array_size(fields);
        const char *column = tree_name(fields, -1), *qualifier = n > 1 ? tree_name(fields, (int)n - 2) : NULL;
        if (!column)
                return;
        p.column = arena_strdup(w->arena, column);
        for (; scope; scope = scope->outer)
                for (int i = 0; i < scope->len; i++) {
                        if (qualifier && strcmp(scope->tables[i].alias, qualifier) != 0)
                                continue;
                        p.schema = scope->tables[i].schema;
                        p.table = scope->tables[i].name;
                        note(w, p);
                }
}

/* lower(name), date_trunc('day', at), (at)::date: values of the column are not values of the expression. */
static const json_t *column_of(const json_t *node)
{
        return tree_as(node, "ColumnRef");
}

static bool is_interval(const json_t *node)
{
        const char *type = tree_name(json_object_get(json_object_get(tree_as(node, "TypeCast"), "typeName"), "names"), -1);
        return type && !strcmp(type, "interval");
}

/* The parameters of a side; of $1 - interval only the first has values of the column. */
static void note_side(struct walker *w, const json_t *node, struct sql_param p, const json_t *ref, const struct scope *scope, int depth)
{
        const json_t *expr = tree_as(node, "A_Expr"), *items = NULL;
        if (depth > SQLTREE_DEPTH_MAX || is_interval(node) || tree_as(node, "SubLink"))
                return;
        if (tree_as(node, "TypeCast"))
                return note_side(w, json_object_get(tree_as(node, "TypeCast"), "arg"), p, ref, scope, depth + 1);
        if (tree_as(node, "ParamRef")) {
                p.number = (int)json_integer_value(json_object_get(tree_as(node, "ParamRef"), "number"));
                return note_column(w, p, ref, scope);
        }
        if (tree_as(node, "List"))
                items = json_object_get(tree_as(node, "List"), "items");
        if (tree_as(node, "A_ArrayExpr"))
                items = json_object_get(tree_as(node, "A_ArrayExpr"), "elements");
        for (size_t i = 0; i < json_array_size(items); i++)
                note_side(w, json_array_get(items, i), p, ref, scope, depth + 1);
        if (expr) {
                p.arithmetic = true;
                note_side(w, json_object_get(expr, "lexpr"), p, ref, scope, depth + 1);
                note_side(w, json_object_get(expr, "rexpr"), p, ref, scope, depth + 1);
        }
}

static enum sql_param_role role_of(const char *op, bool column_left)
{
        if (!strcmp(op, "=") || !strcmp(op, "<>") || !strcmp(op, "@>") || !strcmp(op, "&&"))
                return SQL_PARAM_EQUAL;
        if (!strcmp(op, "<") || !strcmp(op, "<="))
                return column_left ? SQL_PARAM_HIGH : SQL_PARAM_LOW;
        if (!strcmp(op, ">") || !strcmp(op, ">="))
                return column_left ? SQL_PARAM_LOW : SQL_PARAM_HIGH;
        return !strcmp(op, "~~") || !strcmp(op, "~~*") ? SQL_PARAM_LIKE : SQL_PARAM_OTHER;
}

static void compare(struct walker *w, const json_t *left, const json_t *right, const char *op, const struct scope *scope)
{
        const json_t *l = column_of(left), *r = column_of(right);
        if (l && !r)
                note_side(w, right, (struct sql_param){.role = role_of(op, true)}, l, scope, 0);
        if (r && !l)
                note_side(w, left, (struct sql_param){.role = role_of(op, false)}, r, scope, 0);
}

static void note_between(struct walker *w, const json_t *left, const json_t *pair, const struct scope *scope)
{
        const json_t *l = column_of(left), *items = json_object_get(tree_as(pair, "List"), "items");
        for (size_t i = 0; l && i < 2; i++)
                note_side(w, json_array_get(items, i), (struct sql_param){.role = i ? SQL_PARAM_HIGH : SQL_PARAM_LOW}, l, scope, 0);
}

static void note_expression(struct walker *w, const json_t *expr, const struct scope *scope)
{
        const char *kind = tree_text(expr, "kind"), *op = tree_name(json_object_get(expr, "name"), -1);
        const json_t *left = json_object_get(expr, "lexpr"), *right = json_object_get(expr, "rexpr");
        const json_t *ls = json_object_get(tree_as(left, "RowExpr"), "args"), *rs = json_object_get(tree_as(right, "RowExpr"), "args");
        if (!op)
                return;
        if (kind && !strncmp(kind, "AEXPR_BETWEEN", 13))
                return note_between(w, left, right, scope);
        if (ls && rs)
                for (size_t i = 0; i < json_array_size(ls) && i < json_array_size(rs); i++)
                        compare(w, json_array_get(ls, i), json_array_get(rs, i), op, scope);
        else
                compare(w, left, right, op, scope);
}

static void note_limit(struct walker *w, const json_t *node, enum sql_param_role role)
{
        while (tree_as(node, "TypeCast"))
                node = json_object_get(tree_as(node, "TypeCast"), "arg");
        int n = (int)json_integer_value(json_object_get(tree_as(node, "ParamRef"), "number"));
        if (n)
                note(w, (struct sql_param){.number = n, .role = role});
}

/* ── The walk ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void walk_statement(struct walker *w, const json_t *stmt, const struct scope *outer)
{
        struct scope *scope = arena_new_of(w->arena, struct scope);
        const char *key;
        json_t *child;
        scope->outer = outer;
        open_scope(w, stmt, scope);
        note_limit(w, json_object_get(stmt, "limitCount"), SQL_PARAM_LIMIT);
        note_limit(w, json_object_get(stmt, "limitOffset"), SQL_PARAM_OFFSET);
        json_object_foreach ((json_t *)stmt, key, child) {
                bool arm = !strcmp(key, "larg") || !strcmp(key, "rarg"); /* of UNION: not wrapped in a type */
                if (arm)
                        walk_statement(w, child, outer);
                else
                        walk(w, child, scope);
        }
}

static void walk_object(struct walker *w, const json_t *node, const struct scope *scope)
{
        static const char *const statements[] = {"SelectStmt", "UpdateStmt", "DeleteStmt"};
        const char *key;
        json_t *child;
        json_object_foreach ((json_t *)node, key, child) {
                bool stmt = false;
                for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
                        stmt |= !strcmp(key, statements[i]);
                if (!strcmp(key, "A_Expr"))
                        note_expression(w, child, scope);
                if (stmt)
                        walk_statement(w, child, scope);
                else
                        walk(w, child, scope);
        }
}

static void walk(struct walker *w, const json_t *node, const struct scope *scope)
{
        size_t i;
        json_t *child;
        if (++w->depth < SQLTREE_DEPTH_MAX) {
                if (json_is_array(node))
                        json_array_foreach (node, i, child)
                                walk(w, child, scope);
                else if (json_is_object(node))
                        walk_object(w, node, scope);
        }
        w->depth--;
}

static bool same_column(const struct sql_param *a, const struct sql_param *b)
{
        return a->table && b->table && !strcmp(a->table, b->table) && !strcmp(a->column, b->column);
}

static void note_both_bounds(struct sql_params *p)
{
        for (size_t i = 0; i < p->v.len; i++)
                for (size_t k = 0; k < p->v.len; k++) {
                        struct sql_param *a = &p->v.items[i], *b = &p->v.items[k];
                        if (a->role == SQL_PARAM_LOW && b->role == SQL_PARAM_HIGH && same_column(a, b))
                                a->both = b->both = true;
                }
}

int sqlparams_read(struct arena *a, const char *sql, struct sql_params *ret_params, struct err *err)
{
        CLEANUP(sqltree_free) json_t *tree = NULL;
        struct sql_params out = {0};
        struct walker w = {.arena = a, .out = &out};
        int r = sqltree_parse(sql, &tree, err);
        if (r < 0)
                return r;
        const json_t *stmts = json_object_get(tree, "stmts");
        if (json_array_size(stmts) != 1)
                return err_set(err, ERR_PARSE, "%zu statements in one text", json_array_size(stmts));
        walk(&w, json_object_get(json_array_get(stmts, 0), "stmt"), NULL);
        note_both_bounds(&out);
        *ret_params = out;
        return 0;
}
