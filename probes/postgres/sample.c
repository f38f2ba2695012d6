/*
 * The time series: counters of the database, and what its sessions are doing, grouped on the server so that a hundred
 * sessions cost a handful of rows.
 */
#include "base/sys.h"
#include "probes/postgres/postgres.h"

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
        sink_begin(p->sink);
        notice_resets(p, &now);
        p->sink->record(p->sink->arg, now.realtime_us, "pg_database_sample", cells, n);
        p->counters = now;
        return sink_end(p->sink, true, err);
}

static const char blind[] = "what the sessions of other roles do is hidden; connections are counted and no more";

/* Nobody connected is a sample, too: means are over all samples. */
static int store_nobody(struct pgp *p, struct err *err)
{
        sink_begin(p->sink);
        EMIT(p->sink, "pg_activity_sample", TEXT("application", ""), INT("connections", 0));
        return sink_end(p->sink, true, err);
}

int pgp_take_activity(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        int connections = 0, column = pg_column(rows, "connections");
        for (int i = 0; i < pg_count(rows); i++)
                connections += (int)pg_int(rows, i, column);
        /* A read costs in proportion to the sessions: keep to the share of a core that 150 sessions take. */
        p->activity_us = PGP_ACTIVITY_US;
        if (connections > PGP_ACTIVITY_MANY)
                p->activity_us = PGP_ACTIVITY_US * (int64_t)connections / PGP_ACTIVITY_MANY;
        p->activity_taken = true;
        int r = pg_count(rows) ? pgp_store_rows(p, "pg_activity_sample", NULL, rows, err) : store_nobody(p, err);
        if (r < 0 || p->reads_all_stats)
                return r;
        return pgp_status(p, "fact_activity", FACT_DENIED, blind,
                          arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role)), err);
}
