/*
 * What a statement asks of its tables: the columns that it compares, joins, sorts, groups and reads, which is what an index
 * can serve. From the parse tree of libpg_query; names without a table are resolved through the caller's catalogue.
 *
 * A block is one SELECT (or UPDATE, DELETE): conditions, ORDER BY and LIMIT belong together within it.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* Whether a table has a column; schema may be NULL. */
struct shape_catalog {
        bool (*has_column)(void *arg, const char *schema, const char *table, const char *column);
        void *arg;
};

struct shape_table {
        const char *schema, *name, *alias; /* schema NULL when not given */
        int block;
        bool real;  /* a table of the catalogue, not a WITH query or a subquery */
        bool star;  /* all of its columns are read */
        bool target; /* of UPDATE or DELETE */
};

enum shape_kind { SHAPE_EQ, SHAPE_IN, SHAPE_RANGE, SHAPE_PREFIX, SHAPE_NULL, SHAPE_NOT_NULL, SHAPE_JOIN, SHAPE_KIND_COUNT };

struct shape_condition {
        enum shape_kind kind;
        int table, other; /* indexes into tables; other -1 unless SHAPE_JOIN */
        const char *column;
        bool in_or;  /* one arm of an OR: only an index of its own helps */
};

/* A comparison that a plain B-tree on the column does not serve. */
enum shape_term_kind {
        TERM_EXPRESSION, /* lower(email) = ?: an index on the expression */
        TERM_PATTERN,    /* name LIKE 'x%': text_pattern_ops unless the collation is C */
        TERM_INFIX,      /* name LIKE '%x%', ILIKE, ~: trigrams */
        TERM_CONTAINS,   /* @> && <@ on arrays, jsonb, ranges and shapes, ? ?| ?& on jsonb */
        TERM_SEARCH,     /* @@ of full text, on a column or on to_tsvector('english', column) */
        TERM_NEAREST,    /* ORDER BY column <-> value: GiST */
        TERM_CONSTANT,   /* status = 'failed', active, NOT deleted, x IS NULL: a partial index */
};

struct shape_term {
        enum shape_term_kind kind;
        int table;
        const char *column;
        const char *text; /* of the expression ("lower(email)"), the operator ("@>"), or the predicate ("status = 'failed'") */
        bool in_or;
};

struct shape_key {
        int table;
        const char *column;
        bool desc, nulls_first;
};

struct shape_block {
        int parent;        /* -1 for the outermost */
        bool limit;
        int limit_param;   /* n of LIMIT $n, 0 when it is none */
        bool order_plain;  /* ORDER BY names columns of one table only */
        VEC(struct shape_key) order, group, extremes; /* extremes: min and max */
};

struct shape_column {
        int table;
        const char *column;
};

struct shape {
        const char *kind;  /* select insert update delete other */
        VEC(struct shape_table) tables;
        VEC(struct shape_condition) conditions;
        VEC(struct shape_term) terms;
        VEC(struct shape_block) blocks;
        VEC(struct shape_column) reads;  /* every column that is mentioned */
        VEC(struct shape_column) writes; /* SET of an UPDATE */
};

/* ERR_PARSE when the text is no SQL, ERR_RANGE when it is larger or deeper than what is looked at. */
int sqlshape_read(struct arena *a, const char *sql, const struct shape_catalog *catalog, struct shape *ret_shape, struct err *err);
