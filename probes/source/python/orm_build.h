/*
 * The statement that an ORM makes of a query: from the calls that built it to kind, tables, conditions, order and columns, as far as they
 * are static. `exact`: all that tells the statement from others is known, so that its shape may be compared with what the server saw.
 */
#pragma once
#include "probes/source/python/orm_clause.h"

struct orm_load {
        const struct orm_model *owner;
        const struct orm_relation *relation;
        bool batch; /* for all rows at once: IN */
};

struct orm_build {
        struct orm_reader reader;       /* scope, tables, model */
        struct sql_clauses out;
        bool exact;
        bool changed_order;             /* order_by() was called: what Meta says does not count */
        bool limited, distinct, grouped, locked, counted, exists;
        const char *rows;               /* of an INSERT: NULL one, "m" many, "*" as it comes */
        bool some;                      /* columns are named: those, and not all of the model */
        VEC(const char *) columns;      /* that are read or written */
        VEC(struct orm_load) loads;     /* further statements: selectinload, prefetch_related */
};

struct orm_build *orm_build_new(struct scope *s, const struct orm_model *m); /* in scratch */
void orm_build_steps(struct orm_build *b, const struct query_step *steps);   /* newest first */
void orm_build_key(struct orm_build *b, const char *op);                     /* WHERE key = */
void orm_build_all_columns(struct orm_build *b, const struct orm_model *m);
/* Projection, extras and the order that the model has by itself: last. */
void orm_build_end(struct orm_build *b);

/* orm_load.c: what a relationship loads; false: not known. */
bool orm_load_build(struct scope *s, const struct orm_load *load, struct orm_build **ret);
void orm_read_options(struct orm_build *b, uint32_t list); /* options(selectinload(User.orders)) */
void orm_read_related(struct orm_build *b, uint32_t list); /* select_related("author") */
void orm_read_prefetch(struct orm_build *b, uint32_t list); /* prefetch_related("orders") */
