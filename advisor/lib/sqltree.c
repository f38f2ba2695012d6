/*
 * Reading the JSON tree, and writing expressions in one canonical way, so that an index on lower(name) meets a filter on LOWER(t.name).
 */
#include "lib/sqltree_impl.h"
#include "base/str.h"

#include <jansson.h>
#include <pg_query.h>
#include <string.h>

int sqltree_parse(const char *sql, json_t **ret_tree, struct err *err)
{
        if (strnlen(sql, SQLTREE_BYTES_MAX + 1) > SQLTREE_BYTES_MAX)
                return err_set(err, ERR_RANGE, "a statement longer than %d bytes", SQLTREE_BYTES_MAX);
        PgQueryParseResult res = pg_query_parse(sql);
        json_error_t why;
        json_t *tree = NULL;
        int r = 0;
        if (res.error)
                r = err_set(err, ERR_PARSE, "not SQL: %s at %d", res.error->message, res.error->cursorpos);
        else if (!(tree = json_loads(res.parse_tree, 0, &why)))
                r = err_set(err, ERR_RANGE, "a statement nested too deeply");
        pg_query_free_parse_result(res);
        if (r == 0)
                *ret_tree = tree;
        return r;
}

void sqltree_free(json_t *tree)
{
        json_decref(tree);
}

const json_t *tree_as(const json_t *node, const char *type)
{
        return json_object_get(node, type);
}

const char *tree_text(const json_t *node, const char *key)
{
        return json_string_value(json_object_get(node, key));
}

const char *tree_name(const json_t *list, int n)
{
        size_t len = json_array_size(list), i = n < 0 ? len - (size_t)-n : (size_t)n;
        return i < len ? tree_text(tree_as(json_array_get(list, i), "String"), "sval") : NULL;
}

const char *tree_table(struct arena *a, const json_t *var)
{
        const char *name = tree_text(var, "relname"), *schema = tree_text(var, "schemaname");
        if (!name)
                return NULL;
        return schema && strcmp(schema, "public") ? arena_printf(a, "%s.%s", schema, name) : arena_strdup(a, name);
}

const char *tree_constant(const json_t *node)
{
        const json_t *c = tree_as(node, "A_Const");
        if (tree_as(node, "TypeCast"))
                return tree_constant(json_object_get(tree_as(node, "TypeCast"), "arg"));
        return tree_text(json_object_get(c, "sval"), "sval");
}

bool tree_mentions_column(const json_t *node, int depth)
{
        const char *key;
        json_t *child;
        size_t i;
        if (depth > SQLTREE_DEPTH_MAX || tree_as(node, "ColumnRef"))
                return true;
        if (tree_as(node, "SubLink")) /* gives a value */
                return false;
        if (json_is_array(node))
                json_array_foreach (node, i, child)
                        if (tree_mentions_column(child, depth + 1))
                                return true;
        if (json_is_object(node))
                json_object_foreach ((json_t *)node, key, child)
                        if (tree_mentions_column(child, depth + 1))
                                return true;
        return false;
}

static const char *render_constant(struct arena *a, const json_t *c)
{
        const json_t *sval = json_object_get(c, "sval"), *ival = json_object_get(c, "ival");
        if (sval)
                return arena_printf(a, "'%s'", tree_text(sval, "sval") ? tree_text(sval, "sval") : "");
        if (ival)
                return arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(ival, "ival")));
        if (json_object_get(c, "boolval"))
                return json_is_true(json_object_get(json_object_get(c, "boolval"), "boolval")) ? "true" : "false";
        return NULL;
}

static const char *render_list(struct arena *a, const json_t *args, int depth)
{
        CLEANUP(str_release) struct str out = {0};
        for (size_t i = 0; i < json_array_size(args); i++) {
                const char *arg = tree_render(a, json_array_get(args, i), depth + 1);
                if (!arg)
                        return NULL;
                str_printf(&out, "%s%s", i ? ", " : "", arg);
        }
        return arena_strdup(a, str_text(&out));
}

static const char *render_operator(struct arena *a, const json_t *e, int depth)
{
        const json_t *left = json_object_get(e, "lexpr"), *right = json_object_get(e, "rexpr");
        const char *op = tree_name(json_object_get(e, "name"), -1);
        const char *l = left ? tree_render(a, left, depth + 1) : "", *r = tree_render(a, right, depth + 1);
        return op && l && r ? arena_printf(a, "(%s %s %s)", l, op, r) : NULL;
}

static const char *render_call(struct arena *a, const char *name, const json_t *args, int depth)
{
        const char *list = render_list(a, args, depth);
        return name && list ? arena_printf(a, "%s(%s)", name, list) : NULL;
}

const char *tree_render(struct arena *a, const json_t *node, int depth)
{
        const json_t *n;
        if (depth > 20 || !json_is_object(node))
                return NULL;
        if ((n = tree_as(node, "ColumnRef")))
                return tree_name(json_object_get(n, "fields"), -1) ? arena_strdup(a, tree_name(json_object_get(n, "fields"), -1)) : NULL;
        if ((n = tree_as(node, "A_Const")))
                return render_constant(a, n);
        if ((n = tree_as(node, "ParamRef")))
                return "?";
        if ((n = tree_as(node, "FuncCall")))
                return render_call(a, tree_name(json_object_get(n, "funcname"), -1), json_object_get(n, "args"), depth);
        if ((n = tree_as(node, "CoalesceExpr")))
                return render_call(a, "coalesce", json_object_get(n, "args"), depth);
        if ((n = tree_as(node, "A_ArrayExpr")))
                return render_call(a, "array", json_object_get(n, "elements"), depth);
        if ((n = tree_as(node, "A_Expr")))
                return render_operator(a, n, depth);
        if ((n = tree_as(node, "TypeCast"))) {
                const json_t *arg = json_object_get(n, "arg");
                const char *inner = tree_render(a, arg, depth + 1), *type = tree_name(json_object_get(json_object_get(n, "typeName"), "names"), -1);
                if (tree_as(arg, "A_Const")) /* 'x'::text is 'x' */
                        return inner;
                return inner && type ? arena_printf(a, "%s::%s", inner, type) : NULL;
        }
        return NULL;
}
