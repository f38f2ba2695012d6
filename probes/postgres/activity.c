/*
 * The sessions, looked at ten times a second and more. Rows come as the server has them, in binary, and are counted here
 * (sessions.h): that costs the server less than grouping them would.
 *
 * The server must not feel the looking. The time of an answer, without what it waited, is what it cost; the pause is as long as
 * keeps that below 1/PGP_ACTIVITY_SHARE of a core. Now and then looks follow each other a hundredth of a second apart, for half a
 * second (a burst): of short transactions they tell ten times as much. All bursts together take at most 1/PGP_BURST_SHARE of a core.
 */
#include "base/sys.h"
#include "probes/postgres/postgres.h"

#include <stdlib.h>
#include <string.h>

char *pgp_activity_sql(struct pgp *p, struct arena *a)
{
        return arena_printf(a, "SELECT pid, application_name, pg_get_userbyid(usesysid), host(client_addr), state, wait_event_type = 'Lock',"
                               " xact_start, query_start, state_change, backend_start, clock_timestamp() FROM pg_stat_get_activity(NULL)"
                               " WHERE datid = %lld AND usesysid IS NOT NULL AND backend_type IS DISTINCT FROM 'parallel worker'"
                               " AND pid <> pg_backend_pid() AND application_name <> 'perfadvise'", (long long)p->database_oid);
}

enum { COL_PID, COL_APPLICATION, COL_ROLE, COL_CLIENT, COL_STATE, COL_LOCK, COL_XACT, COL_QUERY, COL_CHANGE, COL_BACKEND, COL_NOW };

/* ── Pace ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int64_t least_answer_us(const struct pgp *p)
{
        int64_t least_us = INT64_MAX;
        for (int i = 0; i < PGP_ANSWERS && i < p->answers; i++)
                if (p->answer_us[i] < least_us)
                        least_us = p->answer_us[i];
        return least_us;
}

/* A burst begins when what it will take fits into what bursts may have taken by now. */
static void begin_burst(struct pgp *p, int64_t now_us)
{
        int64_t cost_us = least_answer_us(p) * PGP_BURST_LOOKS;
        int64_t allowed_us = (now_us - p->sampling_since_us) / PGP_BURST_SHARE;
        bool wanted = p->env.duration_us && p->reads_all_stats && !p->env.every_us;
        if (!wanted || p->answers < PGP_ANSWERS || p->burst_us + cost_us > allowed_us)
                return;
        p->burst_us += cost_us;
        p->burst_left = PGP_BURST_LOOKS;
        sessions_gap(p->sessions); /* the gap before the first look is none of a burst */
}

/* The least of the last answers is the one that waited least. */
static void adapt_pause(struct pgp *p, int64_t now_us)
{
        int64_t answer_us = now_us - p->since_us;
        p->answer_us[p->answers++ % PGP_ANSWERS] = answer_us;
        if (p->burst_left > 0 && --p->burst_left == 0)
                sessions_gap(p->sessions);
        else if (p->burst_left == 0)
                begin_burst(p, now_us);
        int64_t pause_us = p->burst_left ? PGP_BURST_US : least_answer_us(p) * PGP_ACTIVITY_SHARE;
        if (!p->burst_left && pause_us < PGP_ACTIVITY_US)
                pause_us = PGP_ACTIVITY_US;
        p->activity_us = pause_us > PGP_DATABASE_US ? PGP_DATABASE_US : pause_us;
}

/* ── A look ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum session_state state_of(const char *text)
{
        if (!text)
                return SESSION_HIDDEN;
        if (!strncmp(text, "idle in transaction", 19))
                return SESSION_IDLE_IN_TRANSACTION;
        if (!strcmp(text, "idle"))
                return SESSION_IDLE;
        return !strcmp(text, "active") || !strcmp(text, "fastpath function call") ? SESSION_ACTIVE : SESSION_OTHER;
}

static struct session session_of(const struct pgp *p, const struct pg_rows *rows, int i)
{
        struct session s = {.pid = (int32_t)pg_int(rows, i, COL_PID), .application = pg_text(rows, i, COL_APPLICATION),
                            .role = pg_text(rows, i, COL_ROLE), .client = pg_text(rows, i, COL_CLIENT), .backend_us = pg_int(rows, i, COL_BACKEND)};
        if (!s.application)
                s.application = "";
        if (!p->reads_all_stats) /* what the role sees of its own sessions only would be taken for all */
                return s;
        s.state = state_of(pg_text(rows, i, COL_STATE));
        s.waiting_lock = pg_bool(rows, i, COL_LOCK);
        s.xact_us = pg_int(rows, i, COL_XACT);
        s.query_us = pg_int(rows, i, COL_QUERY);
        s.change_us = pg_int(rows, i, COL_CHANGE);
        s.in_transaction = s.xact_us && (s.state == SESSION_ACTIVE || s.state == SESSION_IDLE_IN_TRANSACTION);
        return s;
}

/* A transaction of the history for each look would cost more than asking the server: rows wait for the next second. */
static void hold_row(void *arg, const struct cell *cells, size_t n)
{
        struct pgp *p = arg;
        struct pgp_held *h = vec_push(p->held_arena, &p->held);
        *h = (struct pgp_held){.at_us = p->look_at_us, .cells = arena_alloc(p->held_arena, n * sizeof *cells), .n = n};
        memcpy(h->cells, cells, n * sizeof *cells);
        for (size_t i = 0; i < n; i++)
                if (cells[i].type == CELL_TEXT)
                        h->cells[i].t = arena_strdup(p->held_arena, cells[i].t);
}

int pgp_take_activity(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        static const char blind[] = "what the sessions of other roles do is hidden; connections are counted and no more";
        bool burst = p->burst_left > 0;
        int n = pg_count(rows);
        int64_t now_us = sys.monotonic_us();
        struct session *list = calloc(n ? (size_t)n : 1, sizeof *list);
        if (!list)
                return err_set(err, ERR_IO, "out of memory");
        p->blocked = false;
        for (int i = 0; i < n; i++) {
                list[i] = session_of(p, rows, i);
                p->blocked |= list[i].waiting_lock;
        }
        int64_t server_us = n ? pg_int(rows, 0, COL_NOW) : p->server_us + now_us - p->server_seen_us;
        p->server_us = server_us;
        p->server_seen_us = now_us;
        p->look_at_us = sys.realtime_us();
        sessions_look(p->sessions, server_us, now_us, burst, list, (size_t)n);
        free(list);
        if (!burst)
                sessions_rows(p->sessions, hold_row, p);
        adapt_pause(p, now_us);
        p->activity_taken = true;
        if (p->reads_all_stats)
                return 0;
        return pgp_status(p, "fact_activity", FACT_DENIED, blind,
                          arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role)), err);
}

/* ── Into the history ────────────────────────────────────────────────────────────────────────────────────────────── */

/* A long capture has long intervals: thirty of them, of 10 s at least. */
static bool interval_is_over(const struct pgp *p, int64_t now_us)
{
        int64_t interval_us = p->env.duration_us / PGP_HOLD_INTERVALS;
        return now_us - p->interval_since_us >= (interval_us > PGP_HOLD_US ? interval_us : PGP_HOLD_US);
}

void pgp_put_activity(struct pgp *p, int64_t now_us, bool last)
{
        for (size_t i = 0; i < p->held.len; i++)
                p->sink->record(p->sink->arg, p->held.items[i].at_us, "pg_activity_sample", p->held.items[i].cells, p->held.items[i].n);
        arena_free(p->held_arena);
        p->held_arena = arena_new();
        p->held.items = NULL;
        p->held.len = p->held.cap = 0;
        if (!last && !interval_is_over(p, now_us))
                return;
        sessions_emit(p->sessions, p->sink, sys.realtime_us(), now_us - p->interval_since_us);
        p->interval_since_us = now_us;
}

/* What the reader of the lengths has to know, in words; NULL when there is nothing to say. */
static const char *caution(struct pgp *p, const struct sessions_seen *seen)
{
        struct arena *a = p->arena;
        if (seen->clock_steps)
                return "the server's clock was set in between: transactions that were under way then are left out";
        if (seen->renamed)
                return arena_printf(a, "%lld times a session took another application_name: a pooler is between, and holds its own connections",
                                    (long long)seen->renamed);
        if (seen->names == 1 && seen->sessions > 1 && seen->most_sharing > 1)
                return arena_printf(a, "all sessions have the application_name '%s': they are told apart by %zu client addresses only", seen->shared_name,
                                    seen->most_sharing);
        if (seen->names == 1 && seen->sessions > 1)
                return arena_printf(a, "all sessions have the application_name '%s': programs cannot be told apart", seen->shared_name);
        return seen->left_out ? "there are more sessions than are looked at" : NULL;
}

static void say_holds(struct pgp *p)
{
        struct sessions_seen seen = sessions_seen(p->sessions);
        struct sink *k = p->sink;
        if (!p->reads_all_stats)
                k->status(k->arg, "fact_hold", FACT_DENIED, "what the sessions of other roles do is hidden",
                          arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role)));
        else if (!p->env.duration_us)
                k->status(k->arg, "fact_hold", FACT_UNKNOWN, "one look tells no rate", "perfadvise capture --duration 60s");
        else if (!seen.ages)
                k->status(k->arg, "fact_hold", FACT_EMPTY, "no look met a transaction", NULL);
        else
                k->status(k->arg, "fact_hold", FACT_OK, caution(p, &seen), seen.names == 1 && seen.sessions > 1
                          ? "give each program an application_name of its own in its connection string" : NULL);
}

int pgp_end_activity(struct pgp *p, struct err *err)
{
        sink_begin(p->sink);
        pgp_put_activity(p, sys.monotonic_us(), true);
        say_holds(p);
        return sink_end(p->sink, true, err);
}
