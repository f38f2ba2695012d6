/*
 * The life of the probe (postgres.h): one question is out at a time; an answer is stored whole before the next one goes out.
 */
#include "base/sys.h"
#include "probes/postgres/postgres.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool statements_there(const struct pgp *p)
{
        return p->pgss_schema && p->pgss_minor >= 8;
}

/* What a question needs is there. */
static bool can_be_asked(const struct pgp *p, const struct ask *a)
{
        return a->needs == ASK_NEEDS_STATEMENTS    ? statements_there(p)
               : a->needs == ASK_NEEDS_MONITOR     ? p->reads_all_stats
               : a->needs == ASK_NEEDS_BUFFERCACHE ? p->buffercache_schema != NULL
                                                   : true;
}

static bool applies(const struct pgp *p, const struct ask *a)
{
        return p->version >= a->from && (!a->until || p->version < a->until);
}

/* The place of the present question in `told`. */
static uint64_t bit_of_question(const struct pgp *p)
{
        return p->asking ? (uint64_t)1 << (p->asking - asks) : 0;
}

int pgp_status(struct pgp *p, const char *fact, enum fact_status status, const char *reason, const char *remedy, struct err *err)
{
        if (p->told & bit_of_question(p))
                return 0;
        p->told |= bit_of_question(p);
        sink_begin(p->sink);
        p->sink->status(p->sink->arg, fact, status, reason, remedy);
        return sink_end(p->sink, true, err);
}

/* ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int send_ask(struct pgp *p, const struct ask *a, struct err *err)
{
        CLEANUP(arena_free) struct arena *scratch = arena_new();
        p->asking = a;
        const char *sql = a->build ? a->build(p, scratch) : a->sql;
        bool everything = a->when == ASK_PULSE ? p->reads_all_stats : p->again < 2;
        if (!p->page_rows)
                p->page_rows = a->page;
        const char *const params[] = {everything ? "true" : "false", arena_printf(scratch, "%lld", (long long)p->page_at), arena_printf(scratch, "%d", p->page_rows)};
        int n = a->page ? 3 : strstr(sql, "$1") ? 1 : 0;
        p->since_us = sys.monotonic_us();
        p->questions++;
        if (a->when == ASK_ACTIVITY)
                return pg_send_binary(p->pg, a->name, sql, n, params, err);
        if (a->when == ASK_DATABASE || a->when == ASK_BLOCKING || a->when == ASK_PULSE)
                return pg_send_named(p->pg, a->name, sql, n, params, err);
        return pg_send(p->pg, sql, n, params, err);
}

static int skip_ask(struct pgp *p, const struct ask *a, struct err *err)
{
        if (!a->fact)
                return 0;
        const char *reason = NULL, *remedy = NULL;
        if (a->needs == ASK_NEEDS_STATEMENTS)
                pgp_why_no_statements(p, &reason, &remedy);
        else if (a->needs == ASK_NEEDS_BUFFERCACHE)
                reason = p->why_no_buffercache ? p->why_no_buffercache : "pg_buffercache was not found";
        else
                reason = "what the sessions of other roles do is hidden", remedy = arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role));
        p->asking = a;
        int r = pgp_status(p, a->fact, a->needs == ASK_NEEDS_MONITOR ? FACT_DENIED : FACT_UNKNOWN, reason, remedy, err);
        p->asking = NULL;
        return r;
}

/* The next question of a kind: 1 sent, 0 there is none, negative an error. */
static int ask_next(struct pgp *p, enum ask_when when, struct err *err)
{
        for (; p->next_ask < ask_count; p->next_ask++) {
                const struct ask *a = &asks[p->next_ask];
                if (a->when != when || !applies(p, a))
                        continue;
                int r;
                if (!can_be_asked(p, a))
                        r = skip_ask(p, a, err);
                else if ((r = send_ask(p, a, err)) == 0)
                        r = 1;
                if (r < 0)
                        return r;
                if (r > 0) {
                        p->next_ask++;
                        return 1;
                }
        }
        p->next_ask = 0;
        return 0;
}

static const char *pardon(const char *sqlstate)
{
        if (!strcmp(sqlstate, "55P03"))
                return "another session holds a lock";
        if (!strcmp(sqlstate, "57014"))
                return "the answer took longer than 2 s";
        return NULL;
}

/* The same page again, a quarter of it: what takes 2 s on a busy server takes half a second then. */
static bool smaller_page(struct pgp *p, const char *sqlstate)
{
        if (!p->asking->page || strcmp(sqlstate, "57014") != 0 || p->page_rows <= PGP_PAGE_MIN)
                return false;
        p->page_rows /= 4;
        return true;
}

static void ask_over(struct pgp *p)
{
        p->asking = NULL;
        p->again = 0;
        p->page_at = 0;
        p->page_rows = 0;
}

static int ask_failed(struct pgp *p, const struct err *failure, struct err *err)
{
        const struct ask *a = p->asking;
        const char *state = pg_sqlstate(p->pg), *why = pardon(state);
        if (smaller_page(p, state))
                return send_ask(p, a, err);
        if (why && p->again < 2 && a->sql && strstr(a->sql, "$1")) {
                p->again += strcmp(state, "55P03") ? 2 : 1; /* a lock that came in between is seen now; slowness stays */
                return send_ask(p, a, err);
        }
        int r = 0;
        bool denied = !strcmp(state, "42501"), part = p->page_at > 0;
        const char *reason = part ? arena_printf(p->arena, "%s: only the largest %lld are known: %s", a->name, (long long)p->page_at, why ? why : failure->msg) : arena_printf(p->arena, "%s: %s", a->name, why ? why : failure->msg), *remedy = NULL;
        if (denied && a->denied && p->role)
                remedy = arena_printf(p->arena, "GRANT %s TO %s", a->denied, pg_quote_ident(p->arena, p->role));
        if (a->needs == ASK_NEEDS_STATEMENTS && !strcmp(state, "55000"))
                remedy = "shared_preload_libraries = 'pg_stat_statements' (restart)";
        if (a->fact)
                r = pgp_status(p, a->fact, denied ? FACT_DENIED : part ? FACT_OK : FACT_UNKNOWN, reason, remedy, err);
        ask_over(p);
        return r;
}

static int ask_answered(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        const struct ask *a = p->asking;
        int r = a->table ? pgp_store_rows(p, a->table, a->edge, rows, err) : a->answer(p, rows, err);
        bool more = a->page_of_tables ? pg_count(rows) > 0 : pg_count(rows) == p->page_rows;
        if (r == 0 && a->page && more && p->page_at < PGP_ROWS_MAX) {
                p->page_at += p->page_rows;
                return send_ask(p, a, err);
        }
        if (r == 0 && a->fact) {
                bool empty = a->empty && !pg_count(rows) && !p->page_at;
                const char *reason = empty ? a->empty : p->again > 1 ? "sizes and expressions are unknown: locked, or too slow to read" : NULL;
                r = pgp_status(p, a->fact, empty ? FACT_EMPTY : FACT_OK, reason, NULL, err);
        }
        ask_over(p);
        return r;
}

/* ── Stages ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int dial(struct pgp *p, struct err *err)
{
        p->stage = PGP_CONNECTING;
        p->since_us = sys.monotonic_us();
        return pg_start(p->env.target->dsn ? p->env.target->dsn : "", 0, &p->pg, err);
}

static void start_sampling(struct pgp *p)
{
        p->stage = PGP_SAMPLING;
        p->next_database_us = p->next_activity_us = p->next_pulse_us = sys.monotonic_us();
        p->sampling_since_us = p->sampling_since_us ? p->sampling_since_us : p->next_database_us;
        p->interval_since_us = p->interval_since_us ? p->interval_since_us : p->next_database_us;
}

static int pump_opening(struct pgp *p, struct err *err)
{
        int r = ask_next(p, p->opening, err);
        if (r)
                return r < 0 ? r : 0;
        if (p->opening == ASK_OPEN && !p->database)
                return err_set(err, ERR_TARGET, "%s: the server does not say who it is", pg_place(p->pg));
        if (p->opening == ASK_OPEN && p->env.duration_us) {
                p->opening = ASK_BEGIN;
                return pump_opening(p, err);
        }
        start_sampling(p);
        return 0;
}

static int64_t every(const struct pgp *p, int64_t own_us)
{
        return p->env.every_us > own_us ? p->env.every_us : own_us;
}

/* Keeps to the grid, but never runs after what it missed. */
static int64_t next_after(int64_t due_us, int64_t every_us, int64_t now_us)
{
        return due_us + every_us > now_us ? due_us + every_us : now_us + every_us;
}

static int sample(struct pgp *p, enum ask_when when, int64_t *next_us, int64_t every_us, int64_t now_us, struct err *err)
{
        *next_us = next_after(*next_us, every_us, now_us);
        p->next_ask = 0;
        int r = ask_next(p, when, err);
        return r < 0 ? r : 0;
}

static int pump_sampling(struct pgp *p, int64_t now_us, struct err *err)
{
        if (p->finishing && p->counters.taken && p->activity_taken && p->pulse_taken && !p->blocked) {
                p->stage = PGP_CLOSING;
                p->next_ask = 0;
                p->next_database_us = p->env.duration_us ? 0 : INT64_MAX;
                return pgp_end_activity(p, err);
        }
        if (now_us >= p->next_database_us || (p->finishing && !p->counters.taken))
                return sample(p, ASK_DATABASE, &p->next_database_us, every(p, PGP_DATABASE_US), now_us, err);
        if (p->blocked && (p->finishing || now_us >= p->next_blocking_us)) {
                p->blocked = false;
                return sample(p, ASK_BLOCKING, &p->next_blocking_us, PGP_DATABASE_US, now_us, err);
        }
        if (now_us >= p->next_pulse_us || (p->finishing && !p->pulse_taken))
                return sample(p, ASK_PULSE, &p->next_pulse_us, every(p, PGP_PULSE_US), now_us, err);
        if (now_us >= p->next_activity_us || (p->finishing && !p->activity_taken))
                return sample(p, ASK_ACTIVITY, &p->next_activity_us, every(p, p->activity_us), now_us, err);
        return 0;
}

/* The closing sample of the database comes first: it bounds the window. */
static int pump_closing(struct pgp *p, struct err *err)
{
        if (p->next_database_us == 0) {
                p->next_database_us = INT64_MAX;
                int r = ask_next(p, ASK_DATABASE, err);
                p->next_ask = 0;
                return r < 0 ? r : 0;
        }
        int r = ask_next(p, ASK_END, err);
        if (r)
                return r < 0 ? r : 0;
        p->stage = PGP_TEXTS;
        return pgp_rank_statements(p, err);
}

static int pump_texts(struct pgp *p, struct err *err)
{
        int r = pgp_do_texts(p, err);
        if (r <= 0)
                return r;
        pgp_find_families(p);
        p->stage = p->env.explain ? PGP_PLANS : PGP_DONE;
        return pgp_read_log(p, err);
}

static int pump_plans(struct pgp *p, int64_t now_us, struct err *err)
{
        int r = pgp_plans_send(p, now_us, err);
        if (r == 1)
                p->stage = PGP_DONE;
        return r < 0 ? r : 0;
}

static int pump_stage(struct pgp *p, int64_t now_us, struct err *err)
{
        switch (p->stage) {
        case PGP_OPENING:
                return pump_opening(p, err);
        case PGP_SAMPLING:
                return pump_sampling(p, now_us, err);
        case PGP_CLOSING:
                return pump_closing(p, err);
        case PGP_TEXTS:
                return pump_texts(p, err);
        case PGP_PLANS:
                return pump_plans(p, now_us, err);
        default:
                return 0;
        }
}

/* A session that ends while sampling is opened again: what was counted before it stays. */
static int session_failed(struct pgp *p, int r, const struct err *err)
{
        bool sampling = p->counters.taken && p->stage <= PGP_LOST && !p->finishing;
        if (!sampling)
                return r;
        if (p->env.log) {
                char line[900];
                snprintf(line, sizeof line, "%s: %s; trying again", p->env.target->name, err->msg);
                p->env.log(p->env.log_arg, line);
        }
        p->pg = pg_close(p->pg);
        p->asking = NULL;
        p->next_ask = 0;
        p->burst_left = 0;
        sessions_gap(p->sessions);
        p->stage = PGP_LOST;
        p->retry_us = sys.monotonic_us() + PGP_RETRY_US;
        return 0;
}

/* Sends what is due, until a question is out or nothing is due. */
static int pump(struct pgp *p, struct err *err)
{
        enum pgp_stage before;
        do {
                before = p->stage;
                int r = pump_stage(p, sys.monotonic_us(), err);
                if (r < 0)
                        return p->pg && pg_lost(p->pg) ? session_failed(p, r, err) : r;
        } while (p->stage != before && !pg_busy(p->pg));
        return 0;
}

/* ── The contract of probe.h ─────────────────────────────────────────────────────────────────────────────────────── */

static void probe_close(void *state)
{
        struct pgp *p = state;
        if (!p)
                return;
        pg_close(p->pg);
        pgp_plans_free(p->plans);
        sessions_free(p->sessions);
        str_release(&p->log.bytes);
        arena_free(p->held_arena);
        arena_free(p->arena);
        free(p);
}
DEFINE_CLEANUP(void *, probe_close)

static int probe_open(const struct probe_env *env, void **ret_state, struct err *err)
{
        struct pgp *p = calloc(1, sizeof *p);
        if (!p)
                return err_set(err, ERR_IO, "out of memory");
        CLEANUP(probe_close) void *held = p;
        p->env = *env;
        p->sink = env->sink;
        p->arena = arena_new();
        p->held_arena = arena_new();
        p->sessions = sessions_new();
        if (!p->sessions)
                return err_set(err, ERR_IO, "out of memory");
        p->activity_us = PGP_ACTIVITY_US;
        p->database_bytes = NAN;
        int r = dial(p, err);
        if (r < 0)
                return r;
        *ret_state = take(held);
        return 0;
}

static int64_t sampling_due(const struct pgp *p)
{
        if (p->finishing)
                return 0;
        return p->next_activity_us < p->next_database_us ? p->next_activity_us : p->next_database_us;
}

static int64_t probe_due(void *state)
{
        struct pgp *p = state;
        if (p->stage == PGP_DONE)
                return PROBE_DONE;
        if (p->stage == PGP_CONNECTING)
                return p->since_us + PG_CONNECT_MS * 1000LL;
        if (p->stage == PGP_LOST)
                return p->retry_us;
        if (pg_busy(p->pg))
                return p->since_us + PG_ANSWER_MS * 1000LL;
        return p->stage == PGP_SAMPLING ? sampling_due(p) : 0;
}

static int probe_fds(void *state, struct pollfd *fds, int max)
{
        struct pgp *p = state;
        if (max < 1 || !p->pg || p->stage == PGP_DONE || (p->stage != PGP_CONNECTING && !pg_busy(p->pg)))
                return 0;
        fds[0] = (struct pollfd){.fd = pg_fd(p->pg), .events = pg_events(p->pg)};
        return 1;
}

static int go_on_connecting(struct pgp *p, struct err *err)
{
        int r = pg_go(p->pg, err);
        if (r < 0)
                return session_failed(p, r, err);
        if (r == 0)
                return 0;
        p->version = pg_version_num(p->pg);
        if (p->version < 130000)
                return err_set(err, ERR_TARGET, "%s: PostgreSQL %d is older than 13", pg_place(p->pg), p->version / 10000);
        p->stage = PGP_OPENING;
        p->opening = p->database ? ASK_LOST : ASK_OPEN;
        p->next_ask = 0;
        return pump(p, err);
}

static int take_answer(struct pgp *p, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        struct err failure = {0};
        int r = pg_receive(p->pg, &rows, &failure);
        if (r == 0)
                return 0;
        p->own_active_us += sys.monotonic_us() - p->since_us;
        if (r < 0 && pg_lost(p->pg)) {
                *err = failure;
                return session_failed(p, r, err);
        }
        if (p->stage == PGP_PLANS)
                return pgp_plans_take(p, rows, r < 0 ? &failure : NULL, err);
        return r < 0 ? ask_failed(p, &failure, err) : ask_answered(p, rows, err);
}

static int probe_on_fd(void *state, const struct pollfd *fds, int n, struct err *err)
{
        struct pgp *p = state;
        (void)fds, (void)n;
        if (p->stage == PGP_CONNECTING)
                return go_on_connecting(p, err);
        if (!p->pg || !pg_busy(p->pg))
                return 0;
        int r = take_answer(p, err);
        if (r < 0 || !p->pg || pg_busy(p->pg) || p->stage == PGP_TEXTS)
                return r;
        return pump(p, err);
}

static int probe_step(void *state, int64_t now_us, struct err *err)
{
        struct pgp *p = state;
        if (p->stage == PGP_LOST && now_us >= p->retry_us) {
                int r = dial(p, err);
                return r < 0 ? session_failed(p, r, err) : 0;
        }
        bool late = p->stage == PGP_CONNECTING ? now_us >= p->since_us + PG_CONNECT_MS * 1000LL
                                               : p->pg && pg_busy(p->pg) && now_us >= p->since_us + PG_ANSWER_MS * 1000LL;
        if (late)
                return session_failed(p, err_set(err, ERR_TARGET, "%s: no answer in time", pg_place(p->pg)), err);
        if (p->stage == PGP_CONNECTING || p->stage == PGP_LOST || pg_busy(p->pg))
                return 0;
        return pump(p, err);
}

static int probe_finish(void *state, struct err *err)
{
        struct pgp *p = state;
        (void)err;
        p->finishing = true;
        p->finish_us = sys.monotonic_us();
        if (p->stage == PGP_LOST)
                p->retry_us = p->finish_us;
        return 0;
}

const struct probe probe_postgres = {
        .name = "postgres",
        .target_kind = "postgres",
        .doc = "statements, plans, activity, settings, tables and indexes of a PostgreSQL database",
        .open = probe_open,
        .due = probe_due,
        .fds = probe_fds,
        .on_fd = probe_on_fd,
        .step = probe_step,
        .finish = probe_finish,
        .close = probe_close,
};
