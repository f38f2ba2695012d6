/*
 * What the probe asks, one row a question. A row says for whom it is asked, when, of which versions, and the words that the
 * user will read when the answer does not come.
 */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pgp;
struct pg_rows;
struct arena;

enum ask_when {
        ASK_OPEN,     /* once, before anything is sampled */
        ASK_BEGIN,    /* at the beginning of a window; not when there is one round only */
        ASK_DATABASE, /* again and again */
        ASK_ACTIVITY,
        ASK_PULSE,
        ASK_BLOCKING, /* after a look at the activity in which somebody waited for a lock */
        ASK_LOST,     /* after a session was opened again */
        ASK_END,      /* after finish() */
        ASK_WHEN_COUNT
};

enum ask_needs {
        ASK_NEEDS_NOTHING,
        ASK_NEEDS_STATEMENTS, /* pg_stat_statements of version 1.8 at least */
        ASK_NEEDS_MONITOR,    /* to see what other roles do: without it, rows would come with nothing in them */
        ASK_NEEDS_BUFFERCACHE, /* pg_buffercache, a server that was started within a day and a cache that is read fast */
};

struct ask {
        enum ask_when when;
        const char *fact;      /* the view whose status this answer decides; NULL: none */
        const char *name;      /* what is asked, for people; also the name of the prepared statement where it repeats */
        int from, until;       /* server_version_num; 0 is any, `until` is exclusive */
        enum ask_needs needs;
        const char *table;     /* of the history, when the rows are stored as they come */
        const char *edge;      /* begin, end: one more column */
        int (*answer)(struct pgp *p, const struct pg_rows *rows, struct err *err); /* when they are not */
        const char *empty;     /* why no row came; NULL: no row says nothing */
        const char *denied;    /* what to GRANT to the role when a right is missing */
        int page;              /* rows an answer when there may be many thousands; $2 is where they begin, $3 how many */
        bool page_of_tables;   /* counted in tables, whatever rows they give */
        const char *sql;       /* $1, when there is one: 'true', or 'false' when asked without what may wait for locks */
        char *(*build)(struct pgp *p, struct arena *a); /* instead of sql */
};

extern const struct ask asks[];
extern const size_t ask_count;

/* The SQL of the catalog questions (catalog.c). */
extern const char ask_tables_sql[], ask_indexes_sql[], ask_indexes_16_sql[], ask_columns_sql[], ask_foreign_keys_sql[], ask_sequences_sql[];
extern const char ask_unreadable_sql[], ask_table_counters_sql[], ask_index_counters_sql[];
