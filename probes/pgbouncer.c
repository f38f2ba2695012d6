/*
 * The PgBouncer probe: SHOW on the admin console, nothing else. Pools about seven times a second (a queue of milliseconds
 * is not seen at 1 Hz; one SHOW POOLS costs some 0.03 ms), totals once a second. Columns are read by name, since every
 * version adds some. Pool samples gather in memory and go out once a second with the totals: one write, not seven.
 */
#include "base/sys.h"
#include "lib/pg.h"
#include "probes/probe.h"

#include <stdio.h>
#include <string.h>

enum { POOLS_EVERY_US = 150000, STATS_EVERY_US = 1000000, ROWS_MAX = 4096, TOTALS_MAX = 256, NAME_MAX_BYTES = 64 };

struct pool_row {
        int64_t at_us, cl_active, cl_waiting, sv_active, sv_idle, sv_used, sv_login, maxwait_us;
        char database[NAME_MAX_BYTES], role[NAME_MAX_BYTES], mode[16];
};

/* xact_count at the last sample, to see counters go back. */
struct total {
        char database[NAME_MAX_BYTES];
        int64_t xacts;
};

enum show { SHOW_VERSION, SHOW_CONFIG, SHOW_DATABASES, SHOW_LISTS, SHOW_STATS, SHOW_POOLS, SHOW_COUNT };

struct bouncer {
        const struct probe_env *env;
        struct pg *pg;
        bool open, finishing, done;
        unsigned pending;       /* bits of enum show: wanted, lowest first */
        int asked;              /* the one under way, -1 none */
        int64_t pools_at_us, stats_at_us;
        struct pool_row *rows;
        size_t row_count, rows_dropped;
        struct total totals[TOTALS_MAX];
        size_t total_count;
        int64_t pools_seen, stats_seen;
};

static bool is_own(const char *database)
{
        return database && !strcmp(database, "pgbouncer");
}

static struct cell int_cell(const struct pg_rows *rows, int row, const char *name, const char *column)
{
        int c = pg_column(rows, column);
        return c < 0 || pg_is_null(rows, row, c) ? NONE(name) : INT(name, pg_int(rows, row, c));
}

static struct cell text_cell(const struct pg_rows *rows, int row, const char *name, const char *column)
{
        return TEXT(name, pg_text(rows, row, pg_column(rows, column)));
}

static int64_t number(const struct pg_rows *rows, int row, const char *column)
{
        return pg_int(rows, row, pg_column(rows, column));
}

/* ── What each SHOW becomes ───────────────────────────────────────────────────────────────────────────────────────── */

static void take_config(struct bouncer *b, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++) {
                int changeable = pg_column(rows, "changeable");
                EMIT(b->env->sink, "pgb_config", text_cell(rows, i, "key", "key"), text_cell(rows, i, "value", "value"),
                     text_cell(rows, i, "default_value", "default"),
                     changeable < 0 ? NONE("changeable") : INT("changeable", !strcmp(pg_text(rows, i, changeable) ?: "", "yes")));
        }
        b->env->sink->status(b->env->sink->arg, "fact_pgb_config", FACT_OK, NULL, NULL);
}

/* Kept beside the settings: what a setting means depends on it. */
static void take_version(struct bouncer *b, const struct pg_rows *rows)
{
        if (pg_count(rows))
                EMIT(b->env->sink, "pgb_config", TEXT("key", "version"), TEXT("value", pg_text(rows, 0, 0)), INT("changeable", 0));
}

static void take_databases(struct bouncer *b, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++) {
                if (is_own(pg_text(rows, i, pg_column(rows, "name"))))
                        continue;
                const char *reserve = pg_column(rows, "reserve_pool") >= 0 ? "reserve_pool" : "reserve_pool_size";
                EMIT(b->env->sink, "pgb_database", text_cell(rows, i, "name", "name"), text_cell(rows, i, "host", "host"),
                     int_cell(rows, i, "port", "port"), text_cell(rows, i, "database", "database"),
                     int_cell(rows, i, "pool_size", "pool_size"), int_cell(rows, i, "min_pool_size", "min_pool_size"),
                     int_cell(rows, i, "reserve_pool", reserve), text_cell(rows, i, "pool_mode", "pool_mode"),
                     int_cell(rows, i, "max_connections", "max_connections"),
                     int_cell(rows, i, "current_connections", "current_connections"));
        }
}

static void take_lists(struct bouncer *b, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++)
                EMIT(b->env->sink, "pgb_list", text_cell(rows, i, "item", "list"), int_cell(rows, i, "count", "items"));
}

static void note_reset(struct bouncer *b, const char *database, int64_t xacts)
{
        size_t i = 0;
        while (i < b->total_count && strcmp(b->totals[i].database, database))
                i++;
        if (i == TOTALS_MAX)
                return;
        if (i == b->total_count)
                snprintf(b->totals[b->total_count++].database, NAME_MAX_BYTES, "%s", database);
        else if (xacts < b->totals[i].xacts)
                b->env->sink->reset_mark(b->env->sink->arg, 0, "pgb_stat", "totals went back: PgBouncer restarted");
        b->totals[i].xacts = xacts;
}

static void take_stats(struct bouncer *b, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++) {
                const char *database = pg_text(rows, i, pg_column(rows, "database"));
                if (!database || is_own(database))
                        continue;
                b->stats_seen++;
                note_reset(b, database, number(rows, i, "total_xact_count"));
                EMIT(b->env->sink, "pgb_stat_sample", TEXT("database", database), int_cell(rows, i, "xact_count", "total_xact_count"),
                     int_cell(rows, i, "query_count", "total_query_count"), int_cell(rows, i, "xact_time_us", "total_xact_time"),
                     int_cell(rows, i, "query_time_us", "total_query_time"), int_cell(rows, i, "wait_time_us", "total_wait_time"),
                     int_cell(rows, i, "received_bytes", "total_received"), int_cell(rows, i, "sent_bytes", "total_sent"));
        }
}

static void take_pools(struct bouncer *b, const struct pg_rows *rows)
{
        int64_t now = sys.realtime_us();
        for (int i = 0; i < pg_count(rows); i++) {
                const char *database = pg_text(rows, i, pg_column(rows, "database"));
                if (!database || is_own(database))
                        continue;
                b->pools_seen++;
                if (b->row_count == ROWS_MAX) {
                        b->rows_dropped++;
                        continue;
                }
                struct pool_row *r = &b->rows[b->row_count++];
                *r = (struct pool_row){.at_us = now, .cl_active = number(rows, i, "cl_active"), .cl_waiting = number(rows, i, "cl_waiting"),
                                       .sv_active = number(rows, i, "sv_active"), .sv_idle = number(rows, i, "sv_idle"),
                                       .sv_used = number(rows, i, "sv_used"), .sv_login = number(rows, i, "sv_login"),
                                       .maxwait_us = number(rows, i, "maxwait") * 1000000 + number(rows, i, "maxwait_us")};
                snprintf(r->database, sizeof r->database, "%s", database);
                snprintf(r->role, sizeof r->role, "%s", pg_text(rows, i, pg_column(rows, "user")) ?: "");
                snprintf(r->mode, sizeof r->mode, "%s", pg_text(rows, i, pg_column(rows, "pool_mode")) ?: "");
        }
}

static void flush_pools(struct bouncer *b)
{
        for (size_t i = 0; i < b->row_count; i++) {
                const struct pool_row *r = &b->rows[i];
                EMIT_AT(b->env->sink, r->at_us, "pgb_pool_sample", TEXT("database", r->database), TEXT("role", r->role),
                        INT("cl_active", r->cl_active), INT("cl_waiting", r->cl_waiting), INT("sv_active", r->sv_active),
                        INT("sv_idle", r->sv_idle), INT("sv_used", r->sv_used), INT("sv_login", r->sv_login),
                        INT("maxwait_us", r->maxwait_us), TEXT("pool_mode", *r->mode ? r->mode : NULL));
        }
        b->row_count = 0;
}

static const struct {
        const char *sql;
        void (*emit)(struct bouncer *b, const struct pg_rows *rows);
} shows[SHOW_COUNT] = {
        [SHOW_VERSION] = {"SHOW VERSION", take_version},
        [SHOW_CONFIG] = {"SHOW CONFIG", take_config},
        [SHOW_DATABASES] = {"SHOW DATABASES", take_databases},
        [SHOW_LISTS] = {"SHOW LISTS", take_lists},
        [SHOW_STATS] = {"SHOW STATS", take_stats},
        [SHOW_POOLS] = {"SHOW POOLS", take_pools},
};

/* ── The dialogue ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static void say_status(struct bouncer *b)
{
        struct sink *k = b->env->sink;
        const char *nobody = "no client has connected through it yet";
        k->status(k->arg, "fact_pgb_pool", b->pools_seen ? FACT_OK : FACT_EMPTY,
                  !b->pools_seen ? nobody : b->rows_dropped ? "too many pools: some samples were left out" : NULL, NULL);
        k->status(k->arg, "fact_pgb_stat", b->stats_seen ? FACT_OK : FACT_EMPTY, b->stats_seen ? NULL : nobody, NULL);
}

static int ask_next(struct bouncer *b, struct err *err)
{
        if (b->asked >= 0 || !b->pending)
                return 0;
        b->asked = __builtin_ctz(b->pending);
        b->pending &= b->pending - 1;
        return pg_send(b->pg, shows[b->asked].sql, 0, NULL, err);
}

/* One answer is one sample, but pools wait for the totals. */
static int take_answer(struct bouncer *b, const struct pg_rows *rows, struct err *err)
{
        int show = b->asked;
        b->asked = -1;
        if (show == SHOW_POOLS && !b->finishing) {
                take_pools(b, rows);
                return 0;
        }
        sink_begin(b->env->sink);
        shows[show].emit(b, rows);
        if (show == SHOW_STATS || show == SHOW_POOLS)
                flush_pools(b);
        if (b->finishing && show == SHOW_POOLS && !b->pending) {
                say_status(b);
                b->done = true;
        }
        return sink_end(b->env->sink, true, err);
}

static int answer_failed(struct bouncer *b, struct err *err)
{
        if (pg_lost(b->pg))
                return -(int)err->code;
        struct sink *k = b->env->sink;
        static const char *const facts[SHOW_COUNT] = {"fact_pgb_config", "fact_pgb_config", "fact_pgb_database", "fact_pgb_list", "fact_pgb_stat", "fact_pgb_pool"};
        k->status(k->arg, facts[b->asked], FACT_DENIED, err->msg, "add the user to stats_users in pgbouncer.ini and RELOAD");
        b->asked = -1;
        b->done = b->finishing && !b->pending;
        *err = (struct err){0};
        return 0;
}

static int open_probe(const struct probe_env *env, void **ret_state, struct err *err)
{
        struct bouncer *b = arena_new_of(env->arena, struct bouncer);
        b->env = env;
        b->asked = -1;
        b->rows = arena_alloc(env->arena, ROWS_MAX * sizeof *b->rows);
        b->pending = (1u << SHOW_COUNT) - 1;
        int r = pg_start(env->target->dsn, PG_CONSOLE, &b->pg, err);
        if (r == 0)
                *ret_state = b;
        return r;
}

static int64_t due(void *state)
{
        struct bouncer *b = state;
        if (b->done)
                return PROBE_DONE;
        if (!b->open || b->asked >= 0)
                return sys.monotonic_us() + 100000; /* pg_go and pg_receive also watch their deadlines */
        if (b->pending)
                return 0;
        return b->pools_at_us < b->stats_at_us ? b->pools_at_us : b->stats_at_us;
}

static int fds(void *state, struct pollfd *out, int max)
{
        struct bouncer *b = state;
        if (max < 1 || b->done || pg_fd(b->pg) < 0)
                return 0;
        out[0] = (struct pollfd){.fd = pg_fd(b->pg), .events = pg_events(b->pg)};
        return 1;
}

static int go_on(struct bouncer *b, struct err *err)
{
        if (!b->open) {
                int r = pg_go(b->pg, err);
                if (r <= 0)
                        return r;
                b->open = true;
                b->env->sink->identity(b->env->sink->arg, pg_place(b->pg));
        }
        while (b->asked >= 0) {
                CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
                int r = pg_receive(b->pg, &rows, err);
                if (r == 0)
                        return 0;
                r = r < 0 ? answer_failed(b, err) : take_answer(b, rows, err);
                if (r < 0 || (r = ask_next(b, err)) < 0)
                        return r;
        }
        return ask_next(b, err);
}

static int on_fd(void *state, const struct pollfd *ready, int n, struct err *err)
{
        (void)ready, (void)n;
        return go_on(state, err);
}

static int step(void *state, int64_t now_us, struct err *err)
{
        struct bouncer *b = state;
        int64_t every = b->env->every_us ? b->env->every_us : POOLS_EVERY_US;
        if (b->open && !b->finishing && now_us >= b->pools_at_us) {
                b->pending |= 1u << SHOW_POOLS;
                b->pools_at_us = now_us + every;
        }
        if (b->open && !b->finishing && now_us >= b->stats_at_us) {
                b->pending |= 1u << SHOW_STATS;
                b->stats_at_us = now_us + (every > STATS_EVERY_US ? every : STATS_EVERY_US);
        }
        return go_on(b, err);
}

static int finish(void *state, struct err *err)
{
        (void)err;
        struct bouncer *b = state;
        b->finishing = true;
        b->pending |= 1u << SHOW_LISTS | 1u << SHOW_STATS | 1u << SHOW_POOLS;
        return 0;
}

static void close_probe(void *state)
{
        struct bouncer *b = state;
        b->pg = pg_close(b->pg);
}

const struct probe probe_pgbouncer = {
        .name = "pgbouncer",
        .target_kind = "pgbouncer",
        .doc = "SHOW POOLS, STATS, CONFIG, DATABASES and LISTS of the admin console",
        .open = open_probe,
        .due = due,
        .fds = fds,
        .on_fd = on_fd,
        .step = step,
        .finish = finish,
        .close = close_probe,
};
