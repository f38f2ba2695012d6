/*
 * Which indexes could serve a statement: equality columns first (the most selective leading), then what sorts or bounds, then
 * at most a few included columns. Only proposes; whether one pays is for index_select.h and the oracle.
 */
#pragma once
#include "model/index_catalog.h"

enum { INDEX_WIDTH_MAX = 4, INDEX_CANDIDATES_MAX = 40000, INDEX_BUCKETS = 8192 };
#define INDEX_ROWS_MIN 10000.0 /* smaller tables are read whole, fast enough */

/* A statement of the workload with what it asks of its tables. */
struct index_statement {
        const struct fact_statement *fact;
        struct shape shape;
        const struct fact_table **tables; /* of shape.tables, NULL where there is none */
        const char *query;    /* as the oracle is asked: LIMIT filled in from the rows that came back */
        double load_frac;     /* milliseconds of database time per millisecond: calls_hz x mean_ms / 1000 */
        bool proposes;        /* a finding asks for advice on it */
        VEC(int) own;         /* candidates that it proposed */
};

struct index_candidate {
        const struct fact_table *table;
        struct index_columns columns;
        const char *text;       /* "(a, b DESC)", with WHERE when it is partial */
        const char *method;     /* NULL is btree */
        const char *definition; /* "CREATE INDEX ON s.t USING btree (a, b DESC)" */
        double size_bytes, key_width, height;
        double write_share;     /* of the rows written that reach it, in entries of a B-tree; 0 is all */
        const struct fact_foreign_key *foreign_key; /* it supports, or NULL */
        const char *basis;      /* what its cost comes from when the planner cannot be asked, or NULL */
        bool special;           /* no plain B-tree: partial, of an expression, of another method or operator class; never merged */
};

struct index_candidates {
        VEC(struct index_candidate) v;
        VEC(int) *buckets; /* by table and text */
};

/* Reads the statement; false (with *ret_why) when nothing can be said about it. */
bool index_statement_read(const struct index_catalog *c, const struct fact_statement *fact, struct index_statement *ret_statement, const char **ret_why);

/* Appends candidates and notes them as the statement's own; those that exist and those on small tables are left out. */
void index_candidates_add(const struct index_catalog *c, struct index_statement *s, struct index_candidates *out);

/* Number of the candidate on these columns, added when it is new; -1 when such an index exists or it would be too wide. */
int index_candidate_add(const struct index_catalog *c, const struct fact_table *t, const struct index_columns *columns,
                                            struct index_candidates *out);
