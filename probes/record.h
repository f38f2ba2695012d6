/*
 * What probes emit: rows of named cells, into a sink that they were handed. The same probe feeds the store, a file or a test.
 *
 *      EMIT(sink, "redis_keyspace", INT("db", 0), INT("keys", n), INT("expires", e));
 *
 * The name is that of a history table (store/schema/), the cell names are its columns; run, target and time are added by
 * the sink. A sample is whole or absent: what is emitted between sink_begin and sink_end(ok = false) leaves no trace, and
 * a probe does not return to the poll loop in between. NULL text, NAN and NONE are stored as NULL: unknown.
 */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT };

struct cell {
        const char *name;
        enum cell_type type;
        union {
                int64_t i;
                double r;
                const char *t;
        };
};

#define INT(n, v) ((struct cell){.name = (n), .type = CELL_INT, .i = (int64_t)(v)})
#define REAL(n, v) ((struct cell){.name = (n), .type = CELL_REAL, .r = (v)})
#define TEXT(n, v) ((struct cell){.name = (n), .type = CELL_TEXT, .t = (v)})
#define NONE(n) ((struct cell){.name = (n), .type = CELL_NULL})

enum fact_status { FACT_OK, FACT_EMPTY, FACT_DENIED, FACT_UNKNOWN };

struct sink {
        void *arg;
        /* at_us: realtime of the sample; 0 is now. Errors are kept by the sink and reported by sink_end. */
        void (*record)(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n);
        void (*begin)(void *arg);
        int (*end)(void *arg, bool ok, struct err *err);
        /* reason: why it is empty, denied or unknown; remedy: the exact GRANT, setting or package that would mend it. */
        void (*status)(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy);
        /* The identity of the target, once known (system identifier/database oid, ...). */
        void (*identity)(void *arg, const char *identity);
        /* No rate may be computed across this moment. */
        void (*reset_mark)(void *arg, int64_t at_us, const char *counter, const char *why);
};

#define EMIT(sink, table, ...) EMIT_AT(sink, 0, table, __VA_ARGS__)
#define EMIT_AT(sink, at_us, table, ...)                                                                               \
        (sink)->record((sink)->arg, (at_us), (table), (const struct cell[]){__VA_ARGS__},                              \
                       sizeof((const struct cell[]){__VA_ARGS__}) / sizeof(struct cell))

static inline void sink_begin(struct sink *s)
{
        s->begin(s->arg);
}

static inline int sink_end(struct sink *s, bool ok, struct err *err)
{
        return s->end(s->arg, ok, err);
}
