/*
 * EXPLAIN (FORMAT JSON) read down to what comparing plans takes: cost, shape, the indexes it uses, one line for people.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct plan {
        double cost_pg, rows;
        const char *hash;     /* 16 hex digits of node types, relations, indexes, directions, nesting: no costs, no conditions */
        const char *outline;  /* "Limit > Sort > Seq Scan on messages" */
        VEC(const char *) indexes; /* names, in the order of the plan */
};

/* An index that the plan names in one way and the caller in another: hypothetical ones have a number of the session in theirs. */
struct plan_alias {
        const char *name, *shown;
};

/* ERR_PARSE for anything that is no plan. */
int plan_read(struct arena *a, const char *json, const struct plan_alias *aliases, size_t n, struct plan *ret_plan, struct err *err);
