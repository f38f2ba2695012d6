/*
 * One walk over the tree. FROM comes before everything else of a block, so that columns find their tables by alias; a subquery is a
 * block whose parent is the one around it, so that correlated columns find theirs. What is negated is kept and marked: no index helps it.
 */
#include "lib/sqlclause_impl.h"

#include <jansson.h>
#include <string.h>

static int walk_select(struct clause_walker *w, const json_t *select, int parent);

/* ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int add_block(struct clause_walker *w, int parent)
{
        if (w->block_count == CLAUSE_BLOCKS_MAX)
                return CLAUSE_BLOCKS_MAX - 1;
        w->parents[w->block_count] = parent;
        return w->block_count++;
}

static void add_name(struct clause_walker *w, const char *alias, const char *table, int block)
{
        if (w->name_count < CLAUSE_NAMES_MAX)
                w->names[w->name_count++] = (struct clause_name){alias, table, block};
}

static bool is_cte(const struct clause_walker *w, const char *name)
{
        for (int i = 0; i < w->cte_count; i++)
                if (!strcmp(w->ctes[i], name))
                        return true;
        return false;
}

static void add_relation(struct clause_walker *w, const json_t *var, int block)
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

static void add_ctes(struct clause_walker *w, const json_t *with, int block)
{
        const json_t *list = json_object_get(with, "ctes");
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *cte = tree_as(json_array_get(list, i), "CommonTableExpr");
                const char *name = tree_text(cte, "ctename");
                if (name && w->cte_count < CLAUSE_CTES_MAX)
                        w->ctes[w->cte_count++] = arena_strdup(w->arena, name);
                clause_walk(w, json_object_get(cte, "ctequery"), block);
        }
}

static void add_using(struct clause_walker *w, const json_t *join, int block, int first)
{
        const json_t *list = json_object_get(join, "usingClause");
        for (size_t i = 0; i < json_array_size(list); i++)
                for (int n = first; n < w->name_count && tree_name(list, (int)i); n++)
                        if (w->names[n].block == block && w->names[n].table && w->out->filters.len < CLAUSE_FILTERS_MAX)
                                *vec_push(w->arena, &w->out->filters) = (struct sql_filter){
                                        .table = w->names[n].table, .column = arena_strdup(w->arena, tree_name(list, (int)i)), .op = "join", .block = block, .at = -1};
}

static void add_from(struct clause_walker *w, const json_t *node, int block)
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
                        clause_condition(w, json_object_get(n, "quals"), block, false, false);
                } else if ((n = tree_as(node, "RangeSubselect"))) {
                        clause_walk(w, json_object_get(n, "subquery"), block);
                        const char *alias = tree_text(json_object_get(n, "alias"), "aliasname");
                        add_name(w, alias ? arena_strdup(w->arena, alias) : "", NULL, block);
                } else if ((n = tree_as(node, "RangeFunction"))) {
                        const char *alias = tree_text(json_object_get(n, "alias"), "aliasname");
                        add_name(w, alias ? arena_strdup(w->arena, alias) : "", NULL, block);
                }
        }
        w->depth--;
}

static void add_from_list(struct clause_walker *w, const json_t *list, int block)
{
        for (size_t i = 0; i < json_array_size(list); i++)
                add_from(w, json_array_get(list, i), block);
}

/* ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void where(struct clause_walker *w, const json_t *clause, int block)
{
        clause_condition(w, clause, block, false, false);
        clause_walk(w, clause, block); /* subqueries */
}

static int walk_select(struct clause_walker *w, const json_t *s, int parent)
{
        static const char *const rest[] = {"targetList", "havingClause", "limitOffset", "limitCount", "valuesLists", "sortClause"};
        int block = add_block(w, parent);
        add_ctes(w, json_object_get(s, "withClause"), block);
        add_from_list(w, json_object_get(s, "fromClause"), block);
        where(w, json_object_get(s, "whereClause"), block);
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
                clause_walk(w, json_object_get(s, rest[i]), block);
        for (int side = 0; side < 2; side++)
                if (json_object_get(s, side ? "rarg" : "larg") && w->depth < SQLTREE_DEPTH_MAX) {
                        w->depth++;
                        walk_select(w, json_object_get(s, side ? "rarg" : "larg"), parent);
                        w->depth--;
                }
        return block;
}

static void walk_change(struct clause_walker *w, const json_t *s, int parent)
{
        int block = add_block(w, parent);
        add_ctes(w, json_object_get(s, "withClause"), block);
        add_relation(w, json_object_get(s, "relation"), block);
        add_from_list(w, json_object_get(s, "fromClause"), block);
        add_from_list(w, json_object_get(s, "usingClause"), block);
        where(w, json_object_get(s, "whereClause"), block);
        clause_walk(w, json_object_get(s, "targetList"), block);
}

void clause_walk(struct clause_walker *w, const json_t *node, int block)
{
        const char *key;
        json_t *child;
        size_t i;
        if (++w->depth < SQLTREE_DEPTH_MAX) {
                if (json_is_array(node))
                        json_array_foreach (node, i, child)
                                clause_walk(w, child, block);
                else if (json_is_object(node))
                        json_object_foreach ((json_t *)node, key, child) {
                                if (!strcmp(key, "SelectStmt"))
                                        walk_select(w, child, block);
                                else if (!strcmp(key, "UpdateStmt") || !strcmp(key, "DeleteStmt"))
                                        walk_change(w, child, block);
                                else
                                        clause_walk(w, child, block);
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
        struct clause_walker *w = arena_new_of(a, struct clause_walker);
        w->arena = a;
        w->out = &out;
        const json_t *select = tree_as(stmt, "SelectStmt");
        if (select) {
                int block = walk_select(w, select, -1);
                clause_outermost(w, select, block);
        } else {
                int block = add_block(w, -1);
                if (tree_as(stmt, "InsertStmt"))
                        add_ctes(w, json_object_get(tree_as(stmt, "InsertStmt"), "withClause"), block);
                clause_walk(w, stmt, block);
                clause_change(w, stmt, block);
        }
        *ret = out;
        return 0;
}
