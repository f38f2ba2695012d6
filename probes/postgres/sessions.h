/*
 * What looks at the sessions of a server tell: who is doing what now, and, over many looks, for how long connections are held.
 *
 *      look:     session  state       transaction began      -> one row for each application and role: how many in which state
 *                4711     active      12 ms ago
 *                4712     idle        -
 *      interval: ages of the transactions at each look        -> one row for each application, role and client address
 *
 * The ages are what matters. A look meets a transaction with a chance that grows with its length, so that lengths seen by
 * looking are too long; but the number of sessions whose transaction is between a and a + da old is, on average, the arrival
 * rate times the chance to last longer than a, times da, however rarely one looks. base/hold.h turns that into lengths.
 *
 * Times are the server's (microseconds since 1970), so that ages do not mix two clocks. When the server's clock is set,
 * transactions that were under way have no age any more. Knows neither libpq nor the store.
 */
#pragma once
#include "base/cleanup.h"
#include "probes/record.h"

enum session_state { SESSION_HIDDEN, SESSION_IDLE, SESSION_ACTIVE, SESSION_IDLE_IN_TRANSACTION, SESSION_OTHER };

enum { SESSIONS_MAX = 20000, SESSION_GROUPS_MAX = 500, SESSION_NAME_MAX = 64 };

/* One session at one look; texts are borrowed for the call. Times 0: none. */
struct session {
        int32_t pid;
        enum session_state state;
        bool waiting_lock, in_transaction;
        int64_t backend_us, xact_us, query_us, change_us;
        const char *application, *role, *client; /* client NULL: a local socket */
};

struct sessions;

/* What was noticed about the fleet as a whole. */
struct sessions_seen {
        int64_t looks, ages;       /* ages: transactions under way, over all looks */
        int64_t clock_steps;       /* the server's clock was set */
        int64_t renamed;           /* sessions that took another application_name: a pooler is between */
        int64_t sessions;          /* different ones */
        size_t names, clients, most_sharing; /* application_names with sessions, client addresses; most_sharing: addresses of one name */
        const char *shared_name;   /* that name; as long as the object lives */
        int64_t left_out;          /* beyond SESSIONS_MAX in a look */
};

struct sessions *sessions_new(void);   /* NULL: out of memory */
struct sessions *sessions_free(struct sessions *s);
DEFINE_CLEANUP(struct sessions *, sessions_free)

/*
 * One look. rows are sorted by pid in place. server_us: the server's clock; monotonic_us: ours; burst: looks follow each other
 * fast. What happened between two looks with a sessions_gap() between them goes into no rate.
 */
void sessions_look(struct sessions *s, int64_t server_us, int64_t monotonic_us, bool burst, struct session *rows, size_t n);
void sessions_gap(struct sessions *s);

/* The rows of pg_activity_sample for the last look: calls f for each; names live until the next look. */
void sessions_rows(const struct sessions *s, void (*f)(void *arg, const struct cell *cells, size_t n), void *arg);

/* Emits pg_hold for what was seen since the last time, and begins anew. */
void sessions_emit(struct sessions *s, struct sink *sink, int64_t at_us, int64_t interval_us);

struct sessions_seen sessions_seen(const struct sessions *s);
