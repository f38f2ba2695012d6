/*
 * What a script of SQL declares and changes: tables with their columns, indexes, and statements that lock what exists. By libpg_query;
 * what does not parse is left out and counted.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ddl_column {
        const char *name, *type; /* type as the parser names it: int8, text, varchar, bigserial */
        bool primary_key, unique, not_null, has_default, volatile_default;
        const char *ref_table, *ref_column;
        int at;
};

struct ddl_index {
        const char *name;
        const char *columns;     /* JSON array in order; an expression stands as its canonical text */
        const char *method, *opclass, *predicate;
        bool unique, constraint; /* constraint: it stands behind PRIMARY KEY or UNIQUE */
};

/* One thing that a statement does; ALTER TABLE of several parts gives several. */
struct ddl {
        /*
         * create table, drop table, rename table, add column, drop column, rename column, alter type, set not null, add foreign key, add check,
         * add unique, add primary key, drop constraint, create index, drop index, rename index, lock_timeout, begin, commit, other (an exclusive
         * lock that is none of these)
         */
        const char *op;
        const char *table, *object, *type;
        const char *columns;     /* JSON array */
        bool concurrently, not_valid, using_index, partial; /* partial: of a created table not all columns are known */
        VEC(struct ddl_column) cols;
        VEC(struct ddl_index) indexes;
        size_t at, len;          /* its statement in the script */
};

struct ddl_script {
        VEC(struct ddl) items;
        size_t statements, unparsed;
};

/*
 * Psql's own commands and COPY data are blanked first. Stops after `max` statements. Never fails: a script that cannot be cut into
 * statements is one that does not parse.
 */
void sqlddl_read(struct arena *a, const char *script, size_t max, struct ddl_script *ret);

/* JSON array of one column reference, as sqlddl_read writes it. */
const char *sqlddl_names(struct arena *a, const char *const *names, size_t n);

/* Canonical text of an expression of SQL (for an index over it); NULL when it is none. */
const char *sqlddl_expression(struct arena *a, const char *expression);
