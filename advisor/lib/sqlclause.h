/*
 * What a statement filters and sorts by, as far as its text tells: no catalogue is asked. For statements of source code, where the
 * schema may be known in part or not at all; sqlshape.c does the same with a catalogue, for what-if indexes.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* The name that a caller writes for a part that it does not know. */
#define SQL_HOLE "hole_"

struct sql_filter {
        const char *table;  /* as the statement names it, never an alias; NULL: which of several is not said */
        const char *column; /* that the condition is about; of an expression the first that it mentions */
        /*
         * = in < (any range) like ilike wildcard (starts with one) like? (the pattern is a parameter) null notnull join <> json expr hole (a name
         * SQL_HOLE: not known), or the operator itself (@> % ~ &&)
         */
        const char *op;
        const char *expr;   /* json, expr and wildcards over an expression: canonical text */
        const char *among;  /* without a table: JSON array of those that it may be of */
        bool in_or, negated;
        bool constant;      /* compared with a literal: of few values, mostly */
        int block;          /* conditions of one SELECT belong together */
        int at;             /* byte in the text, -1 unknown */
        int line;           /* for the caller: in its file; 0 unknown */
        const void *file;   /* for the caller; NULL: the statement's */
};

struct sql_order {
        const char *table, *column;
        bool desc;
};

struct sql_clauses {
        const char *kind;   /* select insert update delete other */
        VEC(struct sql_filter) filters;
        VEC(struct sql_order) orders; /* of the outermost SELECT, when all of it is plain columns */
        bool limited;       /* LIMIT, one row of aggregates, or nothing to read from */
        bool has_offset;
        int offset_at;      /* byte, -1 unknown */
        int statements;
        /* JSON array, sorted: what is read ("table.column", "count", "one" for a constant) or which columns are written; NULL: something else too */
        const char *projection;
        const char *extras; /* of an INSERT m(any rows); of a SELECT, some of d(istinct) g(rouped) l(imited) u (for update), at last + (OFFSET) */
};

/* Of the first statement of the text. ERR_PARSE, ERR_RANGE. */
int sqlclause_read(struct arena *a, const char *sql, struct sql_clauses *ret, struct err *err);

/* [{"table", "column", "op", "expr", "among", "or", "not", "const", "block", "line"}], without what is not known or false. */
const char *sqlclause_filters_json(struct arena *a, const struct sql_clauses *c);
const char *sqlclause_orders_json(struct arena *a, const struct sql_clauses *c);

const char *sqlclause_projection(struct arena *a, const char **names, size_t n); /* sorts the names */

/*
 * One line that statements of the same shape share, whoever wrote them: kind and extras, tables, columns compared and how, columns sorted by. From
 * the columns of code_statement, so that what an ORM builds and what the server saw can meet. NULL when a part is not known.
 */
const char *sqlclause_shape(struct arena *a, const char *kind, const char *tables, const char *filters, const char *orders, const char *extras);
