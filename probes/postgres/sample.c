/*
 * The time series of counters: what the database has done so far, and what the server has little of. Sessions: activity.c.
 */
#include "base/sys.h"
#include "probes/postgres/postgres.h"
#include "probes/proc.h"

#include <string.h>

enum { CELLS_MAX = 64 };

static struct cell cell_of(const struct pg_rows *rows, int row, int col)
{
        const char *name = pg_column_name(rows, col);
        if (pg_is_null(rows, row, col))
                return NONE(name);
        switch (pg_column_type(rows, col)) {
        case PG_TYPE_INT:
                return INT(name, pg_int(rows, row, col));
        case PG_TYPE_REAL:
                return REAL(name, pg_real(rows, row, col));
        default:
                return TEXT(name, pg_text(rows, row, col));
        }
}

static void store_row(struct pgp *p, int64_t at_us, const char *table, const char *edge, const struct pg_rows *rows, int row)
{
        struct cell cells[CELLS_MAX];
        size_t n = 0;
        for (int c = 0; c < pg_columns(rows) && n < CELLS_MAX - 1; c++)
                cells[n++] = cell_of(rows, row, c);
        if (edge)
                cells[n++] = TEXT("edge", edge);
        p->sink->record(p->sink->arg, at_us, table, cells, n);
}

int pgp_store_rows(struct pgp *p, const char *table, const char *edge, const struct pg_rows *rows, struct err *err)
{
        int64_t at_us = sys.realtime_us(); /* the rows of one answer are one sample */
        sink_begin(p->sink);
        for (int i = 0; i < pg_count(rows); i++)
                store_row(p, at_us, table, edge, rows, i);
        return sink_end(p->sink, true, err);
}

/* ── Pulse ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/*
 * By a unix socket the server runs on this host, but maybe behind a container's process numbers: the probe's own session must be a
 * postgres there, and child of one.
 */
static int64_t server_cpu_us(const struct pgp *p)
{
        char name[32];
        struct proc_stat s;
        pid_t own = pg_backend_pid(p->pg);
        if (own <= 1 || proc_read(name, sizeof name, "%d/comm", (int)own) <= 0 || strncmp(name, "postgres", 8) || !proc_stat(own, &s) || s.ppid <= 1 ||
            proc_read(name, sizeof name, "%d/comm", (int)s.ppid) <= 0 || strncmp(name, "post", 4))
                return -1;
        return proc_family_cpu_us(s.ppid);
}

int pgp_take_pulse(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        p->pulse_taken = true;
        int r = pgp_store_rows(p, "pg_pulse", NULL, rows, err);
        int64_t cpu_us = r < 0 ? -1 : server_cpu_us(p);
        if (cpu_us < 0)
                return r;
        sink_begin(p->sink);
        EMIT(p->sink, "pg_cpu", INT("cpu_us", cpu_us));
        return sink_end(p->sink, true, err);
}

/* ── Database ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void mark(struct pgp *p, const char *counter, const char *why)
{
        p->sink->reset_mark(p->sink->arg, 0, counter, why);
}

/* Rates are honest only while the counters grow and the clock runs. */
static void notice_resets(struct pgp *p, const struct pgp_counters *now)
{
        const struct pgp_counters *before = &p->counters;
        if (!before->taken)
                return;
        if (now->stats_reset_us != before->stats_reset_us)
                mark(p, "pg_database", "statistics were reset");
        else if (now->commits < before->commits)
                mark(p, "pg_database", "counters went back");
        int64_t stepped_us = now->realtime_us - before->realtime_us - (now->monotonic_us - before->monotonic_us);
        if (stepped_us > 1000000 || stepped_us < -1000000)
                mark(p, "clock", "the clock was set");
}

int pgp_take_database(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        struct pgp_counters now = {.taken = true, .realtime_us = sys.realtime_us(), .monotonic_us = sys.monotonic_us()};
        now.commits = pg_int(rows, 0, pg_column(rows, "xact_commit"));
        now.stats_reset_us = pg_int(rows, 0, pg_column(rows, "stats_reset_us"));
        struct cell cells[CELLS_MAX];
        size_t n = 0;
        for (int c = 0; c < pg_columns(rows) && n < CELLS_MAX - 1; c++)
                cells[n++] = cell_of(rows, 0, c);
        cells[n++] = INT("own_xacts", p->questions);
        cells[n++] = REAL("own_active_ms", (double)p->own_active_us / 1e3);
        sink_begin(p->sink);
        notice_resets(p, &now);
        p->sink->record(p->sink->arg, now.realtime_us, "pg_database_sample", cells, n);
        pgp_put_activity(p, now.monotonic_us, false);
        p->counters = now;
        return sink_end(p->sink, true, err);
}
