/*
 * Logs of the PostgreSQL server: the lines of log_min_duration_statement and auto_explain, from a stderr log, a csvlog or a jsonlog (which of
 * them is told by their look). What is not such a line is skipped; a log that begins or ends within an entry is no error.
 *
 *      struct pglog_counts counts;
 *      pglog_read(bytes, len, take, arg, &counts);
 *
 * Texts hold constants: they are data of the user's and stay in memory.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct arena;

struct pglog_event {
        double duration_ms;
        const char *database, *application, *queryid; /* NULL: the log does not say */
        const char *query;      /* NULL: the plan holds it */
        const char *parameters; /* "$1 = '17', $2 = NULL", or NULL */
        const char *plan;       /* of auto_explain: JSON or text; NULL for a slow statement */
};

enum pglog_format { PGLOG_STDERR, PGLOG_CSV, PGLOG_JSON };

struct pglog_counts {
        enum pglog_format format;
        size_t entries, statements, plans;
};

/* The event and its texts live until take() returns. */
typedef void pglog_take(void *arg, struct arena *a, const struct pglog_event *event);
void pglog_read(const char *bytes, size_t len, pglog_take *take, void *arg, struct pglog_counts *ret_counts);
