/*
 * One walk over the tree that libpg_query gives as JSON. FROM comes before everything else of a block, so that columns find
 * their tables; a subquery is a block whose parent is the one around it, so that correlated columns find theirs.
 */
#include "lib/sqlshape.h"
#include "base/cleanup.h"

#include <jansson.h>
#include <pg_query.h>
#include <stdio.h>
#include <string.h>

enum { BYTES_MAX = 1 << 20, DEPTH_MAX = 400, TABLES_MAX = 64, CONDITIONS_MAX = 512, READS_MAX = 1024, CTES_MAX = 64 };

struct walker {
        struct arena *arena;
        const struct shape_catalog *catalog;
        struct shape *shape;
        const char *ctes[CTES_MAX];
        int cte_count;
        int depth;
};

static void walk(struct walker *w, const json_t *node, int block);
static void walk_select(struct walker *w, const json_t *select, int parent);

static const char *text(const json_t *node, const char *key)
{
        return json_string_value(json_object_get(node, key));
}

/* The node of that type inside {"Type": {...}}, or NULL. */
static const json_t *as(const json_t *node, const char *type)
{
        return json_object_get(node, type);
}

/* The n-th String of a list of names, NULL when it is no String. */
static const char *name_at(const json_t *list, size_t i)
{
        return text(as(json_array_get(list, i), "String"), "sval");
}

/* ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_cte(const struct walker *w, const char *name)
{
        for (int i = 0; i < w->cte_count; i++)
                if (!strcmp(w->ctes[i], name))
                        return true;
        return false;
}

static int add_table(struct walker *w, struct shape_table table)
{
        if (w->shape->tables.len >= TABLES_MAX)
                return -1;
        table.schema = arena_strdup(w->arena, table.schema);
        table.name = arena_strdup(w->arena, table.name);
        table.alias = arena_strdup(w->arena, table.alias);
        *vec_push(w->arena, &w->shape->tables) = table;
        return (int)w->shape->tables.len - 1;
}

static int add_range_var(struct walker *w, const json_t *var, int block)
{
        const char *name = text(var, "relname"), *schema = text(var, "schemaname"), *alias = text(json_object_get(var, "alias"), "aliasname");
        if (!name)
                return -1;
        return add_table(w, (struct shape_table){.schema = schema, .name = name, .alias = alias ? alias : name, .block = block,
                                                 .real = schema || !is_cte(w, name)});
}

static bool has_column(const struct walker *w, const struct shape_table *t, const char *column)
{
        return t->real && w->catalog->has_column(w->catalog->arg, t->schema, t->name, column);
}

/* The table of a column: in the block, then in those around it. -1 unknown. */
static int find_table(const struct walker *w, int block, const char *qualifier, const char *column)
{
        for (; block >= 0; block = w->shape->blocks.items[block].parent)
                for (size_t i = 0; i < w->shape->tables.len; i++) {
                        const struct shape_table *t = &w->shape->tables.items[i];
                        if (t->block != block || (qualifier && strcmp(t->alias, qualifier) != 0))
                                continue;
                        if (has_column(w, t, column))
                                return (int)i;
                        if (qualifier)
                                return -1;
                }
        return -1;
}

static bool is_star(const json_t *ref)
{
        const json_t *fields = json_object_get(ref, "fields");
        return as(json_array_get(fields, json_array_size(fields) - 1), "A_Star");
}

/* The table and column of {"ColumnRef": ...}; false when it is none, or of no known table. */
static bool column_of(const struct walker *w, const json_t *node, int block, struct shape_column *ret)
{
        const json_t *ref = as(node, "ColumnRef"), *fields = json_object_get(ref, "fields");
        size_t n = json_array_size(fields);
        if (n == 0 || n > 3 || is_star(ref))
                return false;
        const char *column = name_at(fields, n - 1), *qualifier = n > 1 ? name_at(fields, n - 2) : NULL;
        int table = column ? find_table(w, block, qualifier, column) : -1;
        if (table < 0)
                return false;
        *ret = (struct shape_column){table, arena_strdup(w->arena, column)};
        return true;
}

static void note_star(struct walker *w, const json_t *ref, int block)
{
        const json_t *fields = json_object_get(ref, "fields");
        const char *qualifier = json_array_size(fields) > 1 ? name_at(fields, json_array_size(fields) - 2) : NULL;
        for (size_t i = 0; i < w->shape->tables.len; i++) {
                struct shape_table *t = &w->shape->tables.items[i];
                if (t->block == block && (!qualifier || !strcmp(t->alias, qualifier)))
                        t->star = true;
        }
}

static void note_read(struct walker *w, const json_t *node, int block)
{
        struct shape_column c;
        if (is_star(as(node, "ColumnRef"))) {
                note_star(w, as(node, "ColumnRef"), block);
                return;
        }
        if (!column_of(w, node, block, &c) || w->shape->reads.len >= READS_MAX)
                return;
        for (size_t i = 0; i < w->shape->reads.len; i++)
                if (w->shape->reads.items[i].table == c.table && !strcmp(w->shape->reads.items[i].column, c.column))
                        return;
        *vec_push(w->arena, &w->shape->reads) = c;
}

/* ── Conditions ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_condition(struct walker *w, enum shape_kind kind, struct shape_column c, int other, bool in_or)
{
        if (w->shape->conditions.len < CONDITIONS_MAX)
                *vec_push(w->arena, &w->shape->conditions) =
                        (struct shape_condition){.kind = kind, .table = c.table, .other = other, .column = c.column, .in_or = in_or};
}

static bool is_constant(const json_t *node)
{
        const json_t *cast = as(node, "TypeCast");
        return as(node, "ParamRef") || as(node, "A_Const") || (cast && is_constant(json_object_get(cast, "arg")));
}

static bool mentions_column(const json_t *node, int depth)
{
        const char *key;
        json_t *child;
        size_t i;
        if (depth > DEPTH_MAX || as(node, "ColumnRef"))
                return true;
        if (json_is_array(node))
                json_array_foreach (node, i, child)
                        if (mentions_column(child, depth + 1))
                                return true;
        if (json_is_object(node))
                json_object_foreach ((json_t *)node, key, child)
                        if (mentions_column(child, depth + 1))
                                return true;
        return false;
}

/* A side that has one value while the table is scanned: parameters, now() - interval, no column. */
static bool is_fixed(const json_t *node)
{
        return is_constant(node) || (!as(node, "SubLink") && !mentions_column(node, 0));
}

/* d.id, d being a WITH query or a subquery: the table of that name, or -1. */
static int derived_of(const struct walker *w, const json_t *node, int block)
{
        const json_t *fields = json_object_get(as(node, "ColumnRef"), "fields");
        const char *qualifier = json_array_size(fields) == 2 ? name_at(fields, 0) : NULL;
        for (; qualifier && block >= 0; block = w->shape->blocks.items[block].parent)
                for (size_t i = 0; i < w->shape->tables.len; i++)
                        if (w->shape->tables.items[i].block == block && !strcmp(w->shape->tables.items[i].alias, qualifier))
                                return w->shape->tables.items[i].real ? -1 : (int)i;
        return -1;
}

static void compare(struct walker *w, enum shape_kind kind, const json_t *left, const json_t *right, int block, bool in_or)
{
        struct shape_column l, r;
        bool is_l = column_of(w, left, block, &l), is_r = column_of(w, right, block, &r);
        if (is_l && is_r && l.table != r.table) {
                if (kind == SHAPE_EQ || kind == SHAPE_RANGE) {
                        enum shape_kind both = kind == SHAPE_EQ ? SHAPE_JOIN : SHAPE_RANGE;
                        add_condition(w, both, l, r.table, in_or);
                        add_condition(w, both, r, l.table, in_or);
                }
        } else if (is_l && !is_r && (is_fixed(right) || as(right, "SubLink"))) {
                add_condition(w, kind, l, -1, in_or);
        } else if (is_r && !is_l && (is_fixed(left) || as(left, "SubLink"))) {
                add_condition(w, kind, r, -1, in_or);
        } else if (kind == SHAPE_EQ && is_l != is_r && derived_of(w, is_l ? right : left, block) >= 0) {
                add_condition(w, SHAPE_JOIN, is_l ? l : r, derived_of(w, is_l ? right : left, block), in_or);
        }
}

/* (a, b) < ($1, $2): a range on a, and b decides within equal a. */
static void compare_rows(struct walker *w, const json_t *left, const json_t *right, enum shape_kind kind, int block, bool in_or)
{
        const json_t *l = json_object_get(left, "args"), *r = json_object_get(right, "args");
        for (size_t i = 0; i < json_array_size(l) && i < json_array_size(r); i++)
                compare(w, kind, json_array_get(l, i), json_array_get(r, i), block, in_or);
}

/* ── Terms ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *quoted(struct arena *a, const char *text)
{
        size_t n = 0;
        char *out = arena_alloc(a, 2 * strlen(text) + 3);
        out[n++] = '\'';
        for (; *text; text++) {
                if (*text == '\'')
                        out[n++] = '\'';
                out[n++] = *text;
        }
        out[n] = '\'';
        return out;
}

/* 'failed', 3, true; NULL for anything else, parameters among it. */
static const char *constant_text(struct walker *w, const json_t *node)
{
        const json_t *cast = as(node, "TypeCast"), *c = as(cast ? json_object_get(cast, "arg") : node, "A_Const");
        const json_t *number = json_object_get(json_object_get(c, "ival"), "ival");
        const char *sval = text(json_object_get(c, "sval"), "sval");
        if (!c || json_is_true(json_object_get(c, "isnull")))
                return NULL;
        if (sval)
                return quoted(w->arena, sval);
        if (json_object_get(c, "boolval"))
                return json_is_true(json_object_get(json_object_get(c, "boolval"), "boolval")) ? "true" : "false";
        if (json_object_get(c, "ival"))
                return arena_printf(w->arena, "%lld", (long long)json_integer_value(number));
        return NULL;
}

static void add_term(struct walker *w, enum shape_term_kind kind, struct shape_column c, const char *said, bool in_or)
{
        if (said && w->shape->terms.len < CONDITIONS_MAX)
                *vec_push(w->arena, &w->shape->terms) = (struct shape_term){.kind = kind, .table = c.table, .column = c.column, .text = arena_strdup(w->arena, said), .in_or = in_or};
}

/* payload ->> 'kind', payload -> 'a' ->> 'b', payload #>> '{a,b}', without brackets. NULL for any other. */
static const char *json_path_text(struct walker *w, const json_t *node, int block, struct shape_column *ret, int depth)
{
        const json_t *expr = as(node, "A_Expr");
        const char *op = expr && depth < 8 ? name_at(json_object_get(expr, "name"), 0) : NULL, *key = op ? constant_text(w, json_object_get(expr, "rexpr")) : NULL;
        if (!key || (strcmp(op, "->") && (depth || strcmp(op, "->>")) && (depth || strcmp(op, "#>>"))))
                return NULL;
        if (column_of(w, json_object_get(expr, "lexpr"), block, ret))
                return arena_printf(w->arena, "%s %s %s", ret->column, op, key);
        const char *inner = json_path_text(w, json_object_get(expr, "lexpr"), block, ret, depth + 1);
        return inner ? arena_printf(w->arena, "%s %s %s", inner, op, key) : NULL;
}

/* to_tsvector('english', title): an index must name the configuration, since the default one may change. */
static const char *search_text(struct walker *w, const json_t *node, int block, struct shape_column *ret)
{
        const json_t *call = as(node, "FuncCall"), *args = json_object_get(call, "args");
        const char *name = call ? name_at(json_object_get(call, "funcname"), json_array_size(json_object_get(call, "funcname")) - 1) : NULL;
        const char *language = name && !strcmp(name, "to_tsvector") && json_array_size(args) == 2 ? constant_text(w, json_array_get(args, 0)) : NULL;
        return language && column_of(w, json_array_get(args, 1), block, ret) ? arena_printf(w->arena, "to_tsvector(%s, %s)", language, ret->column) : NULL;
}

/* lower(email), date_trunc('day', at), payload ->> 'kind': the expression as an index would name it. NULL for any other. */
static const char *expression_text(struct walker *w, const json_t *node, int block, struct shape_column *ret)
{
        const json_t *call = as(node, "FuncCall"), *expr = as(node, "A_Expr"), *args = json_object_get(call, "args");
        const char *name = call ? name_at(json_object_get(call, "funcname"), json_array_size(json_object_get(call, "funcname")) - 1) : NULL;
        if (name && json_array_size(args) == 1 && column_of(w, json_array_get(args, 0), block, ret) &&
            (!strcmp(name, "lower") || !strcmp(name, "upper") || !strcmp(name, "md5") || !strcmp(name, "abs") || !strcmp(name, "length") || !strcmp(name, "btrim")))
                return arena_printf(w->arena, "%s(%s)", name, ret->column);
        const char *unit = name && !strcmp(name, "date_trunc") && json_array_size(args) == 2 ? constant_text(w, json_array_get(args, 0)) : NULL;
        if (unit && column_of(w, json_array_get(args, 1), block, ret))
                return arena_printf(w->arena, "date_trunc(%s, %s)", unit, ret->column);
        const char *path = expr ? json_path_text(w, node, block, ret, 0) : NULL;
        return path && (strstr(path, "->>") || strstr(path, "#>>")) ? arena_printf(w->arena, "(%s)", path) : NULL;
}

static void compare_terms(struct walker *w, const char *op, const json_t *l, const json_t *r, int block, bool in_or)
{
        static const char *const contains[] = {"@>", "<@", "&&", "?", "?|", "?&", "~="};
        struct shape_column c;
        const char *expression = is_fixed(r) ? expression_text(w, l, block, &c) : NULL, *constant;
        if (expression && (!strcmp(op, "=") || *op == '<' || *op == '>'))
                add_term(w, TERM_EXPRESSION, c, expression, in_or);
        if (!strcmp(op, "=") && column_of(w, l, block, &c) && (constant = constant_text(w, r)))
                add_term(w, TERM_CONSTANT, c, arena_printf(w->arena, "%s = %s", c.column, constant), in_or);
        if (!strcmp(op, "@@") && column_of(w, l, block, &c))
                add_term(w, TERM_SEARCH, c, op, in_or);
        else if (!strcmp(op, "@@") && is_fixed(r) && (expression = search_text(w, l, block, &c)))
                add_term(w, TERM_SEARCH, c, expression, in_or);
        if ((!strcmp(op, "~") || !strcmp(op, "~*")) && column_of(w, l, block, &c))
                add_term(w, TERM_INFIX, c, op, in_or);
        for (size_t i = 0; i < sizeof contains / sizeof *contains; i++)
                if (!strcmp(op, contains[i]) && is_fixed(r) && column_of(w, l, block, &c))
                        add_term(w, TERM_CONTAINS, c, contains[i], in_or);
}

static void like_terms(struct walker *w, const char *op, struct shape_column c, const json_t *pattern, bool in_or)
{
        const char *text = constant_text(w, pattern);
        bool infix = (text && strchr("%_", text[1])) || strstr(op, "*");
        if (!text && !as(pattern, "ParamRef"))
                return;
        add_term(w, infix ? TERM_INFIX : TERM_PATTERN, c, op, in_or);
}

static void operator_condition(struct walker *w, const json_t *expr, int block, bool in_or)
{
        const json_t *names = json_object_get(expr, "name"), *l = json_object_get(expr, "lexpr"), *r = json_object_get(expr, "rexpr");
        const char *op = name_at(names, json_array_size(names) - 1);
        enum shape_kind kind;
        if (!op)
                return;
        compare_terms(w, op, l, r, block, in_or);
        if (!strcmp(op, "="))
                kind = SHAPE_EQ;
        else if (!strcmp(op, "<") || !strcmp(op, ">") || !strcmp(op, "<=") || !strcmp(op, ">="))
                kind = SHAPE_RANGE;
        else
                return;
        if (as(l, "RowExpr") && as(r, "RowExpr"))
                compare_rows(w, as(l, "RowExpr"), as(r, "RowExpr"), kind, block, in_or);
        else
                compare(w, kind, l, r, block, in_or);
}

static void expression_condition(struct walker *w, const json_t *expr, int block, bool in_or)
{
        const char *kind = text(expr, "kind");
        const json_t *left = json_object_get(expr, "lexpr");
        const json_t *names = json_object_get(expr, "name");
        const char *op = name_at(names, 0);
        struct shape_column c;
        if (!kind || !strcmp(kind, "AEXPR_OP"))
                operator_condition(w, expr, block, in_or);
        else if (!column_of(w, left, block, &c) || !op)
                return;
        else if (!strcmp(kind, "AEXPR_ILIKE") && !strncmp(op, "~~", 2))
                like_terms(w, op, c, json_object_get(expr, "rexpr"), in_or);
        else if ((!strcmp(kind, "AEXPR_IN") || !strcmp(kind, "AEXPR_OP_ANY")) && !strcmp(op, "="))
                add_condition(w, SHAPE_IN, c, -1, in_or);
        else if (!strcmp(kind, "AEXPR_BETWEEN") || !strcmp(kind, "AEXPR_BETWEEN_SYM"))
                add_condition(w, SHAPE_RANGE, c, -1, in_or);
        else if (!strcmp(kind, "AEXPR_LIKE") && !strcmp(op, "~~")) {
                add_condition(w, SHAPE_PREFIX, c, -1, in_or);
                like_terms(w, op, c, json_object_get(expr, "rexpr"), in_or);
        }
}

/* WHERE active, NOT active, active IS TRUE, x IS NULL, x IN (SELECT ...). */
static void other_condition(struct walker *w, const json_t *node, int block, bool in_or)
{
        struct shape_column c;
        const json_t *null = as(node, "NullTest"), *boolean = as(node, "BooleanTest"), *link = as(node, "SubLink");
        if (column_of(w, node, block, &c) || (boolean && column_of(w, json_object_get(boolean, "arg"), block, &c))) {
                add_condition(w, SHAPE_EQ, c, -1, in_or);
                if (as(node, "ColumnRef"))
                        add_term(w, TERM_CONSTANT, c, c.column, in_or);
        } else if (null && column_of(w, json_object_get(null, "arg"), block, &c)) {
                bool is_null = !strcmp(text(null, "nulltesttype") ? text(null, "nulltesttype") : "", "IS_NULL");
                add_condition(w, is_null ? SHAPE_NULL : SHAPE_NOT_NULL, c, -1, in_or);
                add_term(w, TERM_CONSTANT, c, arena_printf(w->arena, "%s IS %sNULL", c.column, is_null ? "" : "NOT "), in_or);
        } else if (link && text(link, "subLinkType") && !strcmp(text(link, "subLinkType"), "ANY_SUBLINK") && !json_object_get(link, "operName") &&
                   column_of(w, json_object_get(link, "testexpr"), block, &c)) {
                add_condition(w, SHAPE_IN, c, -1, in_or);
        }
}

static void conditions(struct walker *w, const json_t *node, int block, bool in_or, int depth)
{
        const json_t *boolean = as(node, "BoolExpr"), *args = json_object_get(boolean, "args");
        const char *op = boolean ? text(boolean, "boolop") : NULL;
        if (depth > DEPTH_MAX)
                return;
        if (op && !strcmp(op, "NOT_EXPR")) {
                struct shape_column c;
                if (column_of(w, json_array_get(args, 0), block, &c)) {
                        add_condition(w, SHAPE_EQ, c, -1, in_or);
                        add_term(w, TERM_CONSTANT, c, arena_printf(w->arena, "NOT %s", c.column), in_or);
                }
        } else if (op) {
                for (size_t i = 0; i < json_array_size(args); i++)
                        conditions(w, json_array_get(args, i), block, in_or || !strcmp(op, "OR_EXPR"), depth + 1);
        } else if (as(node, "A_Expr")) {
                expression_condition(w, as(node, "A_Expr"), block, in_or);
        } else {
                other_condition(w, node, block, in_or);
        }
}

/* ── FROM ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_from(struct walker *w, const json_t *item, int block, int depth);

static void add_using(struct walker *w, const json_t *names, size_t first_left, size_t first_right)
{
        for (size_t n = 0; n < json_array_size(names); n++) {
                const char *column = name_at(names, n);
                int left = -1, right = -1;
                for (size_t i = first_left; column && i < w->shape->tables.len; i++)
                        if (has_column(w, &w->shape->tables.items[i], column))
                                *(i < first_right ? &left : &right) = (int)i;
                if (left < 0 || right < 0)
                        continue;
                column = arena_strdup(w->arena, column);
                add_condition(w, SHAPE_JOIN, (struct shape_column){left, column}, right, false);
                add_condition(w, SHAPE_JOIN, (struct shape_column){right, column}, left, false);
        }
}

static void add_join(struct walker *w, const json_t *join, int block, int depth)
{
        size_t first_left = w->shape->tables.len;
        add_from(w, json_object_get(join, "larg"), block, depth + 1);
        size_t first_right = w->shape->tables.len;
        add_from(w, json_object_get(join, "rarg"), block, depth + 1);
        add_using(w, json_object_get(join, "usingClause"), first_left, first_right);
        const json_t *quals = json_object_get(join, "quals");
        conditions(w, quals, block, false, 0);
        walk(w, quals, block);
}

static void add_from(struct walker *w, const json_t *item, int block, int depth)
{
        const json_t *sub = as(item, "RangeSubselect");
        if (depth > DEPTH_MAX)
                return;
        if (as(item, "RangeVar")) {
                add_range_var(w, as(item, "RangeVar"), block);
        } else if (as(item, "JoinExpr")) {
                add_join(w, as(item, "JoinExpr"), block, depth);
        } else if (sub) {
                const char *alias = text(json_object_get(sub, "alias"), "aliasname");
                if (alias)
                        add_table(w, (struct shape_table){.name = alias, .alias = alias, .block = block});
                walk(w, json_object_get(sub, "subquery"), block);
        } else {
                walk(w, item, block);
        }
}

static void add_from_list(struct walker *w, const json_t *list, int block)
{
        for (size_t i = 0; i < json_array_size(list); i++)
                add_from(w, json_array_get(list, i), block, 0);
}

static void add_ctes(struct walker *w, const json_t *with, int block)
{
        const json_t *list = json_object_get(with, "ctes");
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *cte = as(json_array_get(list, i), "CommonTableExpr");
                if (w->cte_count < CTES_MAX && text(cte, "ctename"))
                        w->ctes[w->cte_count++] = arena_strdup(w->arena, text(cte, "ctename"));
        }
        for (size_t i = 0; i < json_array_size(list); i++)
                walk(w, json_object_get(as(json_array_get(list, i), "CommonTableExpr"), "ctequery"), block);
}

/* ── Blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int add_block(struct walker *w, int parent)
{
        *vec_push(w->arena, &w->shape->blocks) = (struct shape_block){.parent = parent, .order_plain = true};
        return (int)w->shape->blocks.len - 1;
}

/* ORDER BY pos <-> point '(3,4)': the nearest first, which GiST finds one by one. */
static void note_nearest(struct walker *w, const json_t *by, int block)
{
        const json_t *expr = as(json_object_get(by, "node"), "A_Expr"), *names = json_object_get(expr, "name");
        const char *op = expr ? name_at(names, json_array_size(names) - 1) : NULL, *dir = text(by, "sortby_dir");
        struct shape_column c;
        if (op && !strcmp(op, "<->") && (!dir || strcmp(dir, "SORTBY_DESC")) && is_fixed(json_object_get(expr, "rexpr")) &&
            column_of(w, json_object_get(expr, "lexpr"), block, &c))
                add_term(w, TERM_NEAREST, c, op, false);
}

static void note_order(struct walker *w, const json_t *list, int block)
{
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *by = as(json_array_get(list, i), "SortBy");
                struct shape_block *b = &w->shape->blocks.items[block];
                struct shape_column c;
                if (!i && json_array_size(list) == 1)
                        note_nearest(w, by, block);
                if (!column_of(w, json_object_get(by, "node"), block, &c) || (b->order.len && b->order.items[0].table != c.table)) {
                        b->order_plain = false;
                        return;
                }
                const char *dir = text(by, "sortby_dir"), *nulls = text(by, "sortby_nulls");
                bool desc = dir && !strcmp(dir, "SORTBY_DESC");
                bool nulls_first = nulls && strcmp(nulls, "SORTBY_NULLS_DEFAULT") != 0 ? !strcmp(nulls, "SORTBY_NULLS_FIRST") : desc;
                *vec_push(w->arena, &b->order) = (struct shape_key){c.table, c.column, desc, nulls_first};
        }
}

static void note_group(struct walker *w, const json_t *list, int block)
{
        struct shape_column c;
        for (size_t i = 0; i < json_array_size(list); i++)
                if (column_of(w, json_array_get(list, i), block, &c))
                        *vec_push(w->arena, &w->shape->blocks.items[block].group) = (struct shape_key){.table = c.table, .column = c.column};
}

static void note_extreme(struct walker *w, const json_t *call, int block)
{
        const json_t *names = json_object_get(call, "funcname"), *args = json_object_get(call, "args");
        const char *name = name_at(names, json_array_size(names) - 1);
        struct shape_column c;
        if (name && (!strcmp(name, "min") || !strcmp(name, "max")) && json_array_size(args) == 1 && column_of(w, json_array_get(args, 0), block, &c))
                *vec_push(w->arena, &w->shape->blocks.items[block].extremes) = (struct shape_key){.table = c.table, .column = c.column};
}

static void note_limit(struct walker *w, const json_t *count, int block)
{
        struct shape_block *b = &w->shape->blocks.items[block];
        while (as(count, "TypeCast"))
                count = json_object_get(as(count, "TypeCast"), "arg");
        b->limit = count != NULL;
        b->limit_param = (int)json_integer_value(json_object_get(as(count, "ParamRef"), "number"));
}

static void walk_where(struct walker *w, const json_t *where, int block)
{
        conditions(w, where, block, false, 0);
        walk(w, where, block);
}

static void walk_select(struct walker *w, const json_t *select, int parent)
{
        static const char *const rest[] = {"targetList", "groupClause", "sortClause", "distinctClause", "havingClause", "windowClause", "valuesLists",
                                           "limitOffset"};
        int block = add_block(w, parent);
        add_ctes(w, json_object_get(select, "withClause"), block);
        add_from_list(w, json_object_get(select, "fromClause"), block);
        walk_where(w, json_object_get(select, "whereClause"), block);
        note_order(w, json_object_get(select, "sortClause"), block);
        note_group(w, json_object_get(select, "groupClause"), block);
        note_limit(w, json_object_get(select, "limitCount"), block);
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
                walk(w, json_object_get(select, rest[i]), block);
        for (int side = 0; side < 2 && w->depth < DEPTH_MAX; side++) {
                const json_t *arm = json_object_get(select, side ? "rarg" : "larg");
                w->depth++;
                if (arm)
                        walk_select(w, arm, block);
                w->depth--;
        }
}

static void note_writes(struct walker *w, const json_t *targets, int table)
{
        for (size_t i = 0; i < json_array_size(targets); i++) {
                const char *column = text(as(json_array_get(targets, i), "ResTarget"), "name");
                if (column && table >= 0)
                        *vec_push(w->arena, &w->shape->writes) = (struct shape_column){table, arena_strdup(w->arena, column)};
        }
}

/* UPDATE and DELETE. */
static void walk_change(struct walker *w, const json_t *stmt, const char *from, int parent)
{
        int block = add_block(w, parent);
        add_ctes(w, json_object_get(stmt, "withClause"), block);
        int table = add_range_var(w, json_object_get(stmt, "relation"), block);
        if (table >= 0)
                w->shape->tables.items[table].target = true;
        add_from_list(w, json_object_get(stmt, from), block);
        walk_where(w, json_object_get(stmt, "whereClause"), block);
        note_writes(w, json_object_get(stmt, "targetList"), table);
        walk(w, json_object_get(stmt, "targetList"), block);
        walk(w, json_object_get(stmt, "returningList"), block);
}

static void walk_object(struct walker *w, const json_t *node, int block)
{
        const char *key;
        json_t *child;
        json_object_foreach ((json_t *)node, key, child) {
                if (!strcmp(key, "SelectStmt"))
                        walk_select(w, child, block);
                else if (!strcmp(key, "UpdateStmt"))
                        walk_change(w, child, "fromClause", block);
                else if (!strcmp(key, "DeleteStmt"))
                        walk_change(w, child, "usingClause", block);
                else if (!strcmp(key, "ColumnRef"))
                        note_read(w, node, block);
                else {
                        if (!strcmp(key, "FuncCall") && block >= 0)
                                note_extreme(w, child, block);
                        walk(w, child, block);
                }
        }
}

/* Everything below a node: columns that are read, and subqueries. */
static void walk(struct walker *w, const json_t *node, int block)
{
        json_t *child;
        size_t i;
        if (++w->depth < DEPTH_MAX) {
                if (json_is_array(node))
                        json_array_foreach (node, i, child)
                                walk(w, child, block);
                else if (json_is_object(node))
                        walk_object(w, node, block);
        }
        w->depth--;
}

static const char *kind_of(const json_t *stmt)
{
        static const char *const kinds[][2] = {{"SelectStmt", "select"}, {"InsertStmt", "insert"}, {"UpdateStmt", "update"}, {"DeleteStmt", "delete"}};
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (as(stmt, kinds[i][0]))
                        return kinds[i][1];
        return "other";
}

static void tree_free(json_t *j)
{
        json_decref(j);
}
DEFINE_CLEANUP(json_t *, tree_free)

static int parse(const char *sql, json_t **ret_tree, struct err *err)
{
        if (strlen(sql) > BYTES_MAX)
                return err_set(err, ERR_RANGE, "a statement longer than %d bytes", BYTES_MAX);
        PgQueryParseResult res = pg_query_parse(sql);
        json_error_t why;
        json_t *tree = NULL;
        int r = 0;
        if (res.error)
                r = err_set(err, ERR_PARSE, "%s", res.error->message);
        else if (!(tree = json_loads(res.parse_tree, 0, &why)))
                r = err_set(err, ERR_RANGE, "a statement nested too deeply");
        pg_query_free_parse_result(res);
        if (r == 0)
                *ret_tree = tree;
        return r;
}

int sqlshape_read(struct arena *a, const char *sql, const struct shape_catalog *catalog, struct shape *ret_shape, struct err *err)
{
        CLEANUP(tree_free) json_t *tree = NULL;
        int r = parse(sql, &tree, err);
        if (r < 0)
                return r;
        const json_t *stmts = json_object_get(tree, "stmts");
        if (json_array_size(stmts) != 1)
                return err_set(err, ERR_PARSE, "%zu statements in one text", json_array_size(stmts));
        const json_t *stmt = json_object_get(json_array_get(stmts, 0), "stmt");
        struct shape shape = {.kind = kind_of(stmt)};
        struct walker w = {.arena = a, .catalog = catalog, .shape = &shape};
        walk(&w, stmt, -1);
        *ret_shape = shape;
        return 0;
}
