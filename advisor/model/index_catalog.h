/*
 * What the index models look up: tables, columns and existing indexes of one target, sorted once, and index keys as data.
 */
#pragma once
#include "facts.h"
#include "lib/sqlshape.h"

enum { INDEX_KEYS_MAX = 8 };

struct index_key {
        const char *column; /* NULL: an expression */
        bool desc, nulls_first;
        bool odd;           /* has an operator class or collation of its own */
};

/* Keys and included columns of an index, existing or not. */
struct index_columns {
        struct index_key keys[INDEX_KEYS_MAX];
        int key_count;
        const char *include[INDEX_KEYS_MAX];
        int include_count;
};

struct index_existing {
        const struct fact_index *fact;
        struct index_columns columns;
        bool known; /* false: more keys than we look at, not comparable */
};

struct index_catalog {
        struct arena *arena;
        const struct facts *facts;
        const char *target;
        VEC(const struct fact_table *) tables;  /* by name, then schema */
        VEC(const struct fact_column *) columns; /* by table, then name */
        VEC(struct index_existing) indexes;     /* by table, then oid */
};

/* target NULL is the first server's. */
struct index_catalog *index_catalog_new(struct arena *a, const struct facts *facts, const char *target);

/* NULL when there is none, and when a name without schema stands for several. */
const struct fact_table *index_catalog_table(const struct index_catalog *c, const char *schema, const char *name);
const struct fact_column *index_catalog_column(const struct index_catalog *c, int64_t table_oid, const char *name);
struct shape_catalog index_catalog_shape(const struct index_catalog *c);

/* Distinct values of a column; NAN unknown. */
double index_catalog_distinct(const struct fact_table *t, const struct fact_column *c);

/* "CREATE INDEX ... USING btree (a, b DESC) INCLUDE (c)" as data; false when it is too wide or no index. */
bool index_columns_parse(struct arena *a, const char *definition, struct index_columns *ret_columns);

/* "(a, b DESC) INCLUDE (c)" */
const char *index_columns_text(struct arena *a, const struct index_columns *c);

/* `wide` serves whatever `narrow` would: same leading keys in the same (or wholly opposite) order, and the included columns. */
bool index_columns_cover(const struct index_columns *wide, const struct index_columns *narrow);

/* The indexes of a table, *ret_n of them one after another, by oid; NULL when it has none. */
const struct index_existing *index_catalog_of_table(const struct index_catalog *c, int64_t table_oid, size_t *ret_n);

/* A valid, whole B-tree that covers the columns; NULL when there is none. */
const struct index_existing *index_catalog_covering(const struct index_catalog *c, int64_t table_oid, const struct index_columns *columns);

/* In double quotes where SQL needs them. */
const char *index_quote(struct arena *a, const char *name);
const char *index_quote_table(struct arena *a, const struct fact_table *t);
