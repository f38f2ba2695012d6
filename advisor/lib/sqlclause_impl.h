/*
 * What the files of the clause reader share (sqlclause.c walks statements and FROM, sqlclause_where.c reads conditions, sqlclause_result.c what
 * comes out), and nobody else.
 */
#pragma once
#include "lib/sqlclause.h"
#include "lib/sqltree_impl.h"

enum { CLAUSE_BLOCKS_MAX = 64, CLAUSE_NAMES_MAX = 64, CLAUSE_FILTERS_MAX = 256, CLAUSE_CTES_MAX = 64 };

struct clause_name {
        const char *alias, *table; /* table NULL: a subquery, a function, a WITH query */
        int block;
};

struct clause_walker {
        struct arena *arena;
        struct sql_clauses *out;
        struct clause_name names[CLAUSE_NAMES_MAX];
        int name_count;
        int parents[CLAUSE_BLOCKS_MAX];
        int block_count;
        const char *ctes[CLAUSE_CTES_MAX];
        int cte_count;
        int depth;
};

struct clause_column {
        const char *table, *column;
        const struct clause_name *name; /* NULL: of which of several is not said */
        const char *among;       /* then their tables */
        int at;
        bool derived; /* of a subquery or WITH query: no index of a table */
};

void clause_walk(struct clause_walker *w, const struct json_t *node, int block); /* finds subqueries */

/* sqlclause_where.c */
bool clause_find_column(const struct clause_walker *w, const struct json_t *node, int block, struct clause_column *ret);
void clause_condition(struct clause_walker *w, const struct json_t *node, int block, bool in_or, bool negated);

/* sqlclause_result.c: order, limit and rows of the outermost SELECT; what a change changes. */
void clause_outermost(struct clause_walker *w, const struct json_t *select, int block);
void clause_change(struct clause_walker *w, const struct json_t *stmt, int block);
