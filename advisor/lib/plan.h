/*
 * EXPLAIN (FORMAT JSON) read down to what comparing plans takes: cost, shape, the indexes it uses, one line for people, and
 * its nodes with how often each runs, which EXPLAIN shows only after running them: the inner side of a nested loop runs once
 * for each row of the outer one, a correlated subplan once for each row of its parent.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

struct plan_node {
        const char *type, *relation, *schema, *index, *cond, *filter, *join, *strategy; /* "" when absent; index as the caller names it */
        double rows, loops, width, cost;  /* rows of one loop; cost of one loop, with what is below */
        int parent, depth;                /* parent -1: the root */
        bool inner;                       /* of a join */
        bool hypothetical;                /* the index is one of the aliases */
};

struct plan {
        double cost_pg, rows;
        const char *hash;     /* 16 hex digits of node types, relations, indexes, directions, nesting: no costs, no conditions */
        const char *outline;  /* "Limit > Sort > Seq Scan on messages" */
        VEC(const char *) indexes; /* names, in the order of the plan */
        VEC(struct plan_node) nodes; /* parents before children */
};

/* An index that the plan names in one way and the caller in another: hypothetical ones have a number of the session in theirs. */
struct plan_alias {
        const char *name, *shown;
};

/* ERR_PARSE for anything that is no plan. */
int plan_read(struct arena *a, const char *json, const struct plan_alias *aliases, size_t n, struct plan *ret_plan, struct err *err);
