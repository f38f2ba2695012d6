/*
 * What the chain of calls that built a query fetches: which tables, under which conditions, whether there is a limit.
 */
#pragma once
#include "probes/source/python/orm_clause.h"

enum { SHAPE_STEPS_MAX = 64 };

struct orm_shape {
        struct sql_clauses clauses;
        struct orm_reader reader;       /* its tables */
        bool partial;                   /* something in it is not understood */
        bool limited;                   /* a limit, an aggregate, or one row by its key */
        bool objects;                   /* rows are whole objects */
        const struct query_step *first; /* where it begins in the text, NULL unknown */
};

/* False when no table is known. What it points to lives in scratch. */
bool orm_shape_read(const struct query_step *steps, struct scope *model, struct orm_shape *ret);
