/*
 * One walk over the tree. FROM comes before everything else of a block, so that columns find their tables by alias; a subquery is a
 * block whose parent is the one around it, so that correlated columns find theirs. What is negated is kept and marked: no index helps it.
 */
#include "lib/sqlclause.h"
#include "lib/sqltree_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 64, NAMES_MAX = 64, FILTERS_MAX = 256, CTES_MAX = 64 };

struct name {
        const char *alias, *table; /* table NULL: a subquery, a function, a WITH query */
        int block;
};

struct walker {
        struct arena *arena;
        struct sql_clauses *out;
        struct name names[NAMES_MAX];
        int name_count;
        int parents[BLOCKS_MAX];
        int block_count;
        const char *ctes[CTES_MAX];
        int cte_count;
        int depth;
};

static void walk(struct walker *w, const json_t *node, int block);
static int walk_select(struct walker *w, const json_t *select, int parent);
static void condition(struct walker *w, const json_t *node, int block, bool in_or, bool negated);

/* ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int add_block(struct walker *w, int parent)
{
        if (w->block_count == BLOCKS_MAX)
                return BLOCKS_MAX - 1;
        w->parents[w->block_count] = parent;
        return w->block_count++;
}

static void add_name(struct walker *w, const char *alias, const char *table, int block)
{
        if (w->name_count < NAMES_MAX)
                w->names[w->name_count++] = (struct name){alias, table, block};
}

static bool is_cte(const struct walker *w, const char *name)
{
        for (int i = 0; i < w->cte_count; i++)
                if (!strcmp(w->ctes[i], name))
                        return true;
        return false;
}

static void add_relation(struct walker *w, const json_t *var, int block)
{
        const char *alias = tree_text(json_object_get(var, "alias"), "aliasname"), *name = tree_text(var, "relname");
        if (!name)
                return;
        const char *table = tree_text(var, "schemaname") || !is_cte(w, name) ? tree_table(w->arena, var) : NULL;
        if (alias && !strcmp(alias, SQL_HOLE)) { /* FROM t {where}: nobody knows by what is filtered */
                *vec_push(w->arena, &w->out->filters) = (struct sql_filter){.table = table, .column = arena_strdup(w->arena, alias), .op = "hole", .block = block, .at = -1};
                alias = NULL;
        }
        add_name(w, arena_strdup(w->arena, alias ? alias : name), table, block);
}

static void add_ctes(struct walker *w, const json_t *with, int block)
{
        const json_t *list = json_object_get(with, "ctes");
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *cte = tree_as(json_array_get(list, i), "CommonTableExpr");
                const char *name = tree_text(cte, "ctename");
                if (name && w->cte_count < CTES_MAX)
                        w->ctes[w->cte_count++] = arena_strdup(w->arena, name);
                walk(w, json_object_get(cte, "ctequery"), block);
        }
}

static void add_using(struct walker *w, const json_t *join, int block, int first)
{
        const json_t *list = json_object_get(join, "usingClause");
        for (size_t i = 0; i < json_array_size(list); i++)
                for (int n = first; n < w->name_count && tree_name(list, (int)i); n++)
                        if (w->names[n].block == block && w->names[n].table && w->out->filters.len < FILTERS_MAX)
                                *vec_push(w->arena, &w->out->filters) = (struct sql_filter){
                                        .table = w->names[n].table, .column = arena_strdup(w->arena, tree_name(list, (int)i)), .op = "join", .block = block, .at = -1};
}

static void add_from(struct walker *w, const json_t *node, int block)
{
        const json_t *n;
        if (++w->depth < SQLTREE_DEPTH_MAX) {
                if ((n = tree_as(node, "RangeVar"))) {
                        add_relation(w, n, block);
                } else if ((n = tree_as(node, "JoinExpr"))) {
                        int first = w->name_count;
                        add_from(w, json_object_get(n, "larg"), block);
                        add_from(w, json_object_get(n, "rarg"), block);
                        add_using(w, n, block, first);
                        condition(w, json_object_get(n, "quals"), block, false, false);
                } else if ((n = tree_as(node, "RangeSubselect"))) {
                        walk(w, json_object_get(n, "subquery"), block);
                        const char *alias = tree_text(json_object_get(n, "alias"), "aliasname");
                        add_name(w, alias ? arena_strdup(w->arena, alias) : "", NULL, block);
                } else if ((n = tree_as(node, "RangeFunction"))) {
                        const char *alias = tree_text(json_object_get(n, "alias"), "aliasname");
                        add_name(w, alias ? arena_strdup(w->arena, alias) : "", NULL, block);
                }
        }
        w->depth--;
}

static void add_from_list(struct walker *w, const json_t *list, int block)
{
        for (size_t i = 0; i < json_array_size(list); i++)
                add_from(w, json_array_get(list, i), block);
}

/* ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct column {
        const char *table, *column;
        const struct name *name; /* NULL: of which of several is not said */
        const char *among;       /* then their tables */
        int at;
        bool derived; /* of a subquery or WITH query: no index of a table */
};

/* The tables of a block, as JSON; NULL when one of its names is no table. */
static const char *tables_of_block(const struct walker *w, int block)
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

static struct column resolve(const struct walker *w, const char *qualifier, const char *column, int block)
{
        struct column c = {.column = column, .at = -1};
        for (int b = block; b >= 0; b = w->parents[b]) {
                int candidates = 0;
                const struct name *found = NULL;
                for (int i = 0; i < w->name_count; i++) {
                        const struct name *n = &w->names[i];
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

static bool column_of(const struct walker *w, const json_t *node, int block, struct column *ret)
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
static bool column_inside(const struct walker *w, const json_t *node, int block, struct column *ret, int depth)
{
        const char *key;
        json_t *child;
        size_t i;
        if (depth > 40 || column_of(w, node, block, ret))
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

static void add(struct walker *w, struct column c, const char *op, const char *expr, int block, bool in_or, bool negated)
{
        if (c.derived || w->out->filters.len >= FILTERS_MAX)
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
static bool one_sided(struct walker *w, const json_t *left, const json_t *right, const char *op, int block, bool in_or, bool negated)
{
        struct column c;
        if (tree_mentions_column(right, 0) && !tree_as(right, "SubLink"))
                return false;
        size_t before = w->out->filters.len;
        if (column_of(w, left, block, &c))
                add(w, c, op, NULL, block, in_or, negated);
        else if (column_inside(w, left, block, &c, 0))
                add(w, c, is_json_path(left) ? "json" : strcmp(op, "wildcard") ? "expr" : op, tree_render(w->arena, left, 0), block, in_or, negated);
        else
                return false;
        if (w->out->filters.len > before)
                w->out->filters.items[before].constant = tree_as(right, "A_Const") != NULL;
        return true;
}

static void compare(struct walker *w, const json_t *left, const json_t *right, const char *op, int block, bool in_or, bool negated)
{
        struct column l, r;
        if (column_of(w, left, block, &l) && column_of(w, right, block, &r)) {
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

static const char *range_op(struct walker *w, const char *op)
{
        if (!strcmp(op, ">") || !strcmp(op, "<=") || !strcmp(op, ">="))
                return "<";
        return !strcmp(op, "!=") ? "<>" : arena_strdup(w->arena, op);
}

static void rows(struct walker *w, const json_t *left, const json_t *right, const char *op, int block, bool in_or, bool negated)
{
        const json_t *l = json_object_get(left, "args"), *r = json_object_get(right, "args");
        for (size_t i = 0; i < json_array_size(l) && i < json_array_size(r); i++)
                compare(w, json_array_get(l, i), json_array_get(r, i), op, block, in_or, negated);
}

static void expression(struct walker *w, const json_t *e, int block, bool in_or, bool negated)
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
                one_sided(w, l, r, pattern_op(r, kind[6] == 'L' ? "like" : "ilike"), block, in_or, negated || *op == '!');
        else if (strcmp(kind, "AEXPR_OP"))
                one_sided(w, l, r, "<>", block, in_or, negated);
        else if (tree_as(l, "RowExpr") && tree_as(r, "RowExpr"))
                rows(w, tree_as(l, "RowExpr"), tree_as(r, "RowExpr"), range_op(w, op), block, in_or, negated);
        else
                compare(w, l, r, range_op(w, op), block, in_or, negated);
}

static void sublink(struct walker *w, const json_t *link, int block, bool in_or, bool negated)
{
        struct column c;
        const char *type = tree_text(link, "subLinkType");
        if (type && !strcmp(type, "ANY_SUBLINK") && column_of(w, json_object_get(link, "testexpr"), block, &c))
                add(w, c, "in", NULL, block, in_or, negated);
}

static void boolean(struct walker *w, const json_t *e, int block, bool in_or, bool negated)
{
        const char *op = tree_text(e, "boolop");
        const json_t *args = json_object_get(e, "args");
        bool or = op && !strcmp(op, "OR_EXPR"), not = op && !strcmp(op, "NOT_EXPR");
        for (size_t i = 0; i < json_array_size(args); i++)
                condition(w, json_array_get(args, i), block, in_or || or, negated || not);
}

static void condition(struct walker *w, const json_t *node, int block, bool in_or, bool negated)
{
        const json_t *n;
        struct column c;
        if (!json_is_object(node) || ++w->depth > SQLTREE_DEPTH_MAX)
                return;
        if ((n = tree_as(node, "BoolExpr")))
                boolean(w, n, block, in_or, negated);
        else if ((n = tree_as(node, "A_Expr")))
                expression(w, n, block, in_or, negated);
        else if ((n = tree_as(node, "SubLink")))
                sublink(w, n, block, in_or, negated);
        else if ((n = tree_as(node, "NullTest")) && column_of(w, json_object_get(n, "arg"), block, &c))
                add(w, c, tree_text(n, "nulltesttype") && !strcmp(tree_text(n, "nulltesttype"), "IS_NULL") ? "null" : "notnull", NULL, block, in_or, negated);
        else if (tree_as(node, "ParamRef")) /* AND %s: a condition that is filled in later */
                *vec_push(w->arena, &w->out->filters) = (struct sql_filter){.column = SQL_HOLE, .op = "hole", .block = block, .at = -1};
        else if (column_of(w, node, block, &c) || ((n = tree_as(node, "BooleanTest")) && column_of(w, json_object_get(n, "arg"), block, &c)))
                add(w, c, "=", NULL, block, in_or, negated);
        w->depth--;
}

/* ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void where(struct walker *w, const json_t *clause, int block)
{
        condition(w, clause, block, false, false);
        walk(w, clause, block); /* subqueries */
}

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

static void outermost(struct walker *w, const json_t *s, int block)
{
        const json_t *sort = json_object_get(s, "sortClause"), *offset = json_object_get(s, "limitOffset"), *zero = tree_as(offset, "A_Const");
        struct sql_clauses *out = w->out;
        for (size_t i = 0; i < json_array_size(sort); i++) {
                const json_t *by = tree_as(json_array_get(sort, i), "SortBy");
                struct column c;
                if (!column_of(w, json_object_get(by, "node"), block, &c)) {
                        out->orders.len = 0;
                        break;
                }
                const char *direction = tree_text(by, "sortby_dir");
                *vec_push(w->arena, &out->orders) = (struct sql_order){c.table, arena_strdup(w->arena, c.column), direction && !strcmp(direction, "SORTBY_DESC")};
        }
        out->limited = json_object_get(s, "limitCount") || (!json_object_get(s, "groupClause") && only_aggregates(json_object_get(s, "targetList"))) ||
                       (!json_object_get(s, "fromClause") && !json_object_get(s, "larg"));
        out->has_offset = offset && !(zero && json_object_get(zero, "ival") && !json_integer_value(json_object_get(json_object_get(zero, "ival"), "ival")));
        out->offset_at = out->has_offset ? least_location(offset, 0) : -1;
}

static int walk_select(struct walker *w, const json_t *s, int parent)
{
        static const char *const rest[] = {"targetList", "havingClause", "limitOffset", "limitCount", "valuesLists", "sortClause"};
        int block = add_block(w, parent);
        add_ctes(w, json_object_get(s, "withClause"), block);
        add_from_list(w, json_object_get(s, "fromClause"), block);
        where(w, json_object_get(s, "whereClause"), block);
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
                walk(w, json_object_get(s, rest[i]), block);
        for (int side = 0; side < 2; side++)
                if (json_object_get(s, side ? "rarg" : "larg") && w->depth < SQLTREE_DEPTH_MAX) {
                        w->depth++;
                        walk_select(w, json_object_get(s, side ? "rarg" : "larg"), parent);
                        w->depth--;
                }
        return block;
}

static void walk_change(struct walker *w, const json_t *s, int parent)
{
        int block = add_block(w, parent);
        add_ctes(w, json_object_get(s, "withClause"), block);
        add_relation(w, json_object_get(s, "relation"), block);
        add_from_list(w, json_object_get(s, "fromClause"), block);
        add_from_list(w, json_object_get(s, "usingClause"), block);
        where(w, json_object_get(s, "whereClause"), block);
        walk(w, json_object_get(s, "targetList"), block);
}

static void walk(struct walker *w, const json_t *node, int block)
{
        const char *key;
        json_t *child;
        size_t i;
        if (++w->depth < SQLTREE_DEPTH_MAX) {
                if (json_is_array(node))
                        json_array_foreach (node, i, child)
                                walk(w, child, block);
                else if (json_is_object(node))
                        json_object_foreach ((json_t *)node, key, child) {
                                if (!strcmp(key, "SelectStmt"))
                                        walk_select(w, child, block);
                                else if (!strcmp(key, "UpdateStmt") || !strcmp(key, "DeleteStmt"))
                                        walk_change(w, child, block);
                                else
                                        walk(w, child, block);
                        }
        }
        w->depth--;
}

static const char *kind_of(const json_t *stmt)
{
        static const char *const kinds[][2] = {{"SelectStmt", "select"}, {"InsertStmt", "insert"}, {"UpdateStmt", "update"}, {"DeleteStmt", "delete"}};
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (tree_as(stmt, kinds[i][0]))
                        return kinds[i][1];
        return "other";
}

int sqlclause_read(struct arena *a, const char *sql, struct sql_clauses *ret, struct err *err)
{
        CLEANUP(sqltree_free) json_t *tree = NULL;
        int r = sqltree_parse(sql, &tree, err);
        if (r < 0)
                return r;
        const json_t *stmts = json_object_get(tree, "stmts"), *stmt = json_object_get(json_array_get(stmts, 0), "stmt");
        struct sql_clauses out = {.kind = kind_of(stmt), .statements = (int)json_array_size(stmts), .offset_at = -1};
        struct walker *w = arena_new_of(a, struct walker);
        w->arena = a;
        w->out = &out;
        const json_t *select = tree_as(stmt, "SelectStmt");
        if (select) {
                int block = walk_select(w, select, -1);
                outermost(w, select, block);
        } else {
                int block = add_block(w, -1);
                if (tree_as(stmt, "InsertStmt"))
                        add_ctes(w, json_object_get(tree_as(stmt, "InsertStmt"), "withClause"), block);
                walk(w, stmt, block);
        }
        *ret = out;
        return 0;
}
