/*
 * Which indexes could serve a statement: equality columns first (the most selective leading), then what sorts or bounds, then
 * at most a few included columns. Only proposes; whether one pays is for index_select.h and the oracle.
 */
#pragma once
#include "model/index_catalog.h"

enum { INDEX_WIDTH_MAX = 4, INDEX_CANDIDATES_MAX = 600 };
#define INDEX_ROWS_MIN 10000.0 /* smaller tables are read whole, fast enough */

/* A statement of the workload with what it asks of its tables. */
struct index_statement {
        const struct fact_statement *fact;
        struct shape shape;
        const struct fact_table **tables; /* of shape.tables, NULL where there is none */
        const char *query;    /* as the oracle is asked: LIMIT filled in from the rows that came back */
        double load_frac;     /* milliseconds of database time per millisecond: calls_hz x mean_ms / 1000 */
        bool proposes;        /* a finding asks for advice on it */
};

struct index_candidate {
        const struct fact_table *table;
        struct index_columns columns;
        const char *text;       /* "(a, b DESC)" */
        const char *definition; /* "CREATE INDEX ON s.t USING btree (a, b DESC)" */
        double size_bytes, key_width;
        const struct fact_foreign_key *foreign_key; /* it supports, or NULL */
};

struct index_candidates {
        VEC(struct index_candidate) v;
};

/* Reads the statement; false (with *ret_why) when nothing can be said about it. */
bool index_statement_read(const struct index_catalog *c, const struct fact_statement *fact, struct index_statement *ret_statement, const char **ret_why);

/* Appends candidates; those that exist, that repeat and those on small tables are left out. */
void index_candidates_add(const struct index_catalog *c, const struct index_statement *s, struct index_candidates *out);

/* A candidate on these columns; NULL when it exists already, is too wide, or is already there (then that one). */
struct index_candidate *index_candidate_add(const struct index_catalog *c, const struct fact_table *t, const struct index_columns *columns,
                                            struct index_candidates *out);
