/*
 * What becomes of EXPLAIN (FORMAT JSON, VERBOSE) before it is stored: constants are replaced and output lists left
 * out. The hash is that of lib/plan.h: over operations, relations and indexes, so that a plan that flipped is seen and one
 * that only costs something else is not.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

struct plan_tree {
        char *text;     /* JSON, one line */
        const char *hash;
        double total_cost, plan_rows;
        bool actual;    /* rows were measured */
};

/* ERR_PARSE when it is no plan. */
int plan_tree_read(struct arena *a, const char *json, bool keep_literals, struct plan_tree *ret_tree, struct err *err);
