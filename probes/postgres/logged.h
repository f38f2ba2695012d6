/*
 * Plans and slow statements from a server's log or from files, gathered until they are emitted: of each shape of a statement the slowest plan.
 * Which statement of pg_stat_statements it is, is told by the query identifier in the log, else by the fingerprint of the text; one that is not
 * known gets the key "f" and its fingerprint, and its normalized text.
 */
#pragma once
#include "base/arena.h"
#include "lib/pglog.h"
#include "probes/record.h"

enum { LOGGED_EVENTS_MAX = 20000, LOGGED_SHAPES_MAX = 5000 };

/* queryid of a fingerprint, or NULL. */
typedef const char *logged_resolve(void *arg, const char *queryid, const char *fingerprint, const char *text);

struct logged;
struct logged *logged_new(struct arena *a, bool keep_literals, const char *database, logged_resolve *resolve, void *arg);

/* From here on, where the log does not name the database, only statements that resolve() knows: the others may be of any of the server's. */
void logged_known_only(struct logged *l);

/* For pglog_read; arg is the struct logged. Events of other databases are skipped where the log tells. */
void logged_take(void *arg, struct arena *scratch, const struct pglog_event *event);

/* One EXPLAIN (FORMAT JSON or text) of a file; `text` is its statement or NULL. ERR_PARSE when it is no plan. */
int logged_add_plan(struct logged *l, const char *plan, const char *text, double exec_ms, struct err *err);

/* A text with constants of the statement, the slowest that was seen; NULL. */
const char *logged_seen(const struct logged *l, const char *queryid);

struct logged_counts {
        size_t plans, measured, shapes, statements, skipped; /* skipped: of other databases, cut off, or no SQL */
};
const struct logged_counts *logged_counts(const struct logged *l);

/* method: logged or imported. */
int logged_emit(struct logged *l, struct sink *sink, const char *method, struct err *err);
