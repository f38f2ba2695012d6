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

/* ── Activity ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/*
 * Ten samples a second are kept in memory and stored once a second: a transaction of the history for each would cost more
 * than asking the server.
 */
static void hold_row(struct pgp *p, int64_t at_us, const struct pg_rows *rows, int row)
{
        struct pgp_held *h = vec_push(p->held_arena, &p->held);
        *h = (struct pgp_held){.at_us = at_us, .cells = arena_alloc(p->held_arena, (size_t)pg_columns(rows) * sizeof *h->cells)};
        for (int c = 0; c < pg_columns(rows); c++) {
                struct cell cell = cell_of(rows, row, c);
                cell.name = arena_strdup(p->held_arena, cell.name);
                if (cell.type == CELL_TEXT)
                        cell.t = arena_strdup(p->held_arena, cell.t);
                h->cells[h->n++] = cell;
        }
}

/* Nobody connected is a sample, too: means are over all samples. */
static void hold_nobody(struct pgp *p, int64_t at_us)
{
        static const struct cell nobody[] = {TEXT("application", ""), INT("connections", 0)};
        *vec_push(p->held_arena, &p->held) = (struct pgp_held){.at_us = at_us, .cells = (struct cell *)nobody, .n = 2};
}

static void record_held(struct pgp *p)
{
        for (size_t i = 0; i < p->held.len; i++)
                p->sink->record(p->sink->arg, p->held.items[i].at_us, "pg_activity_sample", p->held.items[i].cells, p->held.items[i].n);
}

static void forget_held(struct pgp *p)
{
        arena_free(p->held_arena);
        p->held_arena = arena_new();
        p->held.items = NULL;
        p->held.len = p->held.cap = 0;
}

int pgp_store_activity(struct pgp *p, struct err *err)
{
        sink_begin(p->sink);
        record_held(p);
        forget_held(p);
        return sink_end(p->sink, true, err);
}

/*
 * The server must not feel the looking: the time of an answer, without what it waited, is what it cost; the pause is as long
 * as keeps that below 1/PGP_ACTIVITY_SHARE of a core. The least of the last answers is the one that waited least.
 */
static void adapt_pause(struct pgp *p)
{
        int64_t least_us = INT64_MAX;
        p->answer_us[p->answers++ % PGP_ANSWERS] = sys.monotonic_us() - p->since_us;
        for (int i = 0; i < PGP_ANSWERS && i < p->answers; i++)
                if (p->answer_us[i] < least_us)
                        least_us = p->answer_us[i];
        p->activity_us = least_us * PGP_ACTIVITY_SHARE;
        if (p->activity_us < PGP_ACTIVITY_US)
                p->activity_us = PGP_ACTIVITY_US;
        if (p->activity_us > PGP_DATABASE_US)
                p->activity_us = PGP_DATABASE_US;
}

int pgp_take_activity(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        static const char blind[] = "what the sessions of other roles do is hidden; connections are counted and no more";
        int64_t at_us = sys.realtime_us();
        adapt_pause(p);
        p->activity_taken = true;
        p->blocked = false;
        for (int i = 0; i < pg_count(rows); i++) {
                p->blocked |= pg_int(rows, i, pg_column(rows, "waiting_lock")) > 0;
                hold_row(p, at_us, rows, i);
        }
        if (!pg_count(rows))
                hold_nobody(p, at_us);
        if (p->reads_all_stats)
                return 0;
        return pgp_status(p, "fact_activity", FACT_DENIED, blind,
                          arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role)), err);
}

/* ── Pulse ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

int pgp_take_pulse(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        p->pulse_taken = true;
        return pgp_store_rows(p, "pg_pulse", NULL, rows, err);
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
        sink_begin(p->sink);
        notice_resets(p, &now);
        p->sink->record(p->sink->arg, now.realtime_us, "pg_database_sample", cells, n);
        record_held(p);
        forget_held(p);
        p->counters = now;
        return sink_end(p->sink, true, err);
}
