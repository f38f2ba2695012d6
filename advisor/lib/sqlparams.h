/*
 * Which column each parameter of a statement is compared with, and how: what a sampled value for it has to look like. From the text alone;
 * a column without its table has several candidates, the nearest first, and the caller's catalogue decides.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

enum sql_param_role {
        SQL_PARAM_OTHER,
        SQL_PARAM_EQUAL, /* = IN ANY <> */
        SQL_PARAM_LOW,   /* the column is greater */
        SQL_PARAM_HIGH,  /* the column is less */
        SQL_PARAM_LIKE,
        SQL_PARAM_LIMIT,
        SQL_PARAM_OFFSET,
};

/* One candidate: parameters of the same number follow each other. */
struct sql_param {
        int number;
        enum sql_param_role role;
        bool arithmetic;  /* a part of an expression: $1 - $2 */
        bool both;        /* the column has a bound on the other side too */
        const char *schema, *table, *column; /* table NULL: only the role is known; schema NULL: not given */
};

struct sql_params {
        VEC(struct sql_param) v;
};

/* ERR_PARSE when the text is no single statement, ERR_RANGE when it is too large or too deep. */
int sqlparams_read(struct arena *a, const char *sql, struct sql_params *ret_params, struct err *err);
