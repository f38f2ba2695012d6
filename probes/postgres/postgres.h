/*
 * The PostgreSQL probe: one session, asked one thing at a time by the capture's poll loop.
 *
 *      OPENING   asks of ASK_OPEN, then ASK_BEGIN (counters that the window subtracts)
 *      SAMPLING  the database at 1 Hz, the activity at 10 Hz and in bursts, until finish(); a lost session is opened again
 *      CLOSING   asks of ASK_END (the same counters, the catalog)
 *      TEXTS     texts of statements: fingerprint, tables, kind; some at a time
 *      PLANS     EXPLAIN of the statements that took most of the window
 *
 * What is asked stands in tables (asks.h): adding a fact is adding a row. A question that fails costs its own fact only.
 */
#pragma once
#include "base/str.h"
#include "lib/pg.h"
#include "probes/postgres/asks.h"
#include "probes/postgres/sessions.h"
#include "probes/probe.h"

DEFINE_CLEANUP(struct arena *, arena_free)

enum pgp_stage { PGP_CONNECTING, PGP_OPENING, PGP_SAMPLING, PGP_LOST, PGP_CLOSING, PGP_TEXTS, PGP_PLANS, PGP_DONE };

enum {
        PGP_DATABASE_US = 1000000,
        PGP_ACTIVITY_US = 100000,     /* at most so often */
        PGP_PULSE_US = 5000000,
        PGP_BUFFERCACHE_UPTIME_S = 86400, /* later the cache is what the load made of it */
        PGP_ACTIVITY_SHARE = 333,     /* and reading the activity takes at most 1/333 of a core */
        PGP_BURST_US = 10000,
        PGP_BURST_LOOKS = 50,
        PGP_BURST_SHARE = 1000,
        PGP_HOLD_US = 10000000,
        PGP_HOLD_INTERVALS = 30,
        PGP_ANSWERS = 16,
        PGP_RETRY_US = 1000000,       /* after a lost session */
        PGP_PAGE_MIN = 250,
        PGP_ROWS_MAX = 48000,         /* of a catalog that comes in pages */
        PGP_STATEMENTS_MAX = 20000,
        PGP_TEXTS_MAX = 8000,         /* statements of the window whose text is parsed and kept */
        PGP_TEXTS_AT_ONCE = 40,
        PGP_TEXT_BYTES_MAX = 64 << 10,
        PGP_PLANS_MAX = 500,
        PGP_FAMILY_MAX = 4,           /* of one family are planned */
        PGP_SAMPLED_MAX = 200,        /* of the ranking: those that are planned for sampled values too */
        PGP_LOG_PARTS = 4,            /* of a megabyte: what is read of the server's log */
        PGP_PLAN_BYTES_MAX = 256 << 10,
};

/* One entry of pg_stat_statements at one edge of the window. */
struct pgp_statement {
        const char *queryid, *role, *query; /* query: at the end only */
        const char *fingerprint, *tables;   /* after TEXTS */
        int rank;                           /* place in the ranking */
        bool again;                         /* an entry with this queryid (of another role) ranks before it */
        int sibling;                        /* how many of its family do: the same text but for constants and lengths of lists */
        int64_t userid;
        bool toplevel;
        double calls, rows, total_ms;
        double window_calls, window_ms; /* end - begin; negative when the entry was evicted or reset in between */
        const char *kind, *repaired;    /* after TEXTS: repaired is the text to plan, NULL when it was cut off */
};

struct pgp_statements {
        VEC(struct pgp_statement) list; /* ordered by queryid, userid, toplevel */
        int64_t dealloc, stats_reset_us;
        size_t hidden; /* entries that the role may not see */
        bool taken;
};

/* What pg_stat_database said last, to notice counters that went back. */
struct pgp_counters {
        bool taken;
        int64_t commits, stats_reset_us;
        int64_t realtime_us, monotonic_us;
};

/* A row of the activity that is not stored yet (activity.c). */
struct pgp_held {
        int64_t at_us;
        struct cell *cells;
        size_t n;
};

/* The last text of a session with its constants: in memory only. */
struct pgp_seen {
        const char *queryid, *query;
};

/* The server's log (server_log.c). */
struct pgp_log {
        bool known, wanted, read;      /* known: its place; wanted: something of use is in it */
        const char *name, *begin_name; /* at the end and at the beginning of the window */
        double begin, at, end;         /* bytes */
        struct str bytes;
};

struct pgp_plans; /* plans_impl.h */

struct pgp {
        struct probe_env env;
        struct sink *sink;
        struct arena *arena;
        struct pg *pg;
        enum pgp_stage stage;
        enum ask_when opening; /* which questions while OPENING */
        bool finishing;
        int64_t since_us;     /* when the session was asked for, or the question sent */
        int64_t finish_us;    /* when finish() was called */

        /* The question that is out, if any. */
        const struct ask *asking;
        size_t next_ask;
        int64_t page_at;      /* where the rows of the question begin, of those that come in pages */
        int page_rows;        /* how many at a time; less when so many took too long */
        int again;            /* how often it was asked again; the second time without what waits for locks */
        uint64_t told;        /* one bit for each row of asks[]: its fact has a status */

        /* Sampling. */
        int64_t next_database_us, next_activity_us, next_blocking_us, next_pulse_us, retry_us, activity_us;
        bool blocked;         /* somebody waited for a lock when last looked at */
        int64_t questions;    /* transactions that this probe caused; subtracted from the counters */
        bool activity_taken, pulse_taken;
        struct pgp_counters counters;
        struct arena *held_arena;
        VEC(struct pgp_held) held;
        struct sessions *sessions;
        int64_t answer_us[PGP_ANSWERS]; /* how long the last answers about the activity took */
        int64_t answers;
        int64_t own_active_us;  /* how long the server worked for the probe, at most */
        int64_t server_us, server_seen_us; /* its clock, and when by ours */
        int64_t look_at_us, sampling_since_us, interval_since_us;
        int burst_left;         /* looks of the burst that are to come */
        int64_t burst_us;       /* what bursts took of the server so far */

        /* What the server said about itself. */
        int version;
        int64_t started_us;
        const char *database, *role, *system_identifier, *search_path;
        int64_t database_oid;
        bool reads_all_stats, superuser;
        double database_bytes;
        const char *pgss_schema; /* NULL: the extension is not there */
        int pgss_minor;          /* 8 for version 1.8 */
        int64_t tables, unreadable; /* user tables, and those that the role may not read */
        const char *unreadable_reason, *unreadable_remedy;
        const char *buffercache_schema, *why_no_buffercache; /* schema NULL: not asked, and why */
        const char *preload;     /* shared_preload_libraries, NULL when the role may not see it */

        struct pgp_statements begin, end;
        VEC(struct pgp_statement *) ranked; /* of the window, by the time they took */
        struct pgp_statement **by_id, **by_family; /* the same, to look them up (families.c) */
        size_t texts_done;
        VEC(struct pgp_seen) seen;
        struct pgp_log log;
        struct pgp_plans *plans;
};

/* Answers to asks that need more than being stored (asks.h). */
int pgp_take_system(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_size(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_extension(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_server(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_database(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_activity(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_statements(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_log_place(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_log_part(struct pgp *p, const struct pg_rows *rows, struct err *err);
char *pgp_log_sql(struct pgp *p, struct arena *a);
int pgp_take_seen(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_info(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_nothing(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_pulse(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_buffercache(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_disk(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_unreadable(struct pgp *p, const struct pg_rows *rows, struct err *err);
int pgp_take_columns(struct pgp *p, const struct pg_rows *rows, struct err *err);
char *pgp_statements_sql(struct pgp *p, struct arena *a);
char *pgp_info_sql(struct pgp *p, struct arena *a);
char *pgp_buffered_sql(struct pgp *p, struct arena *a);

/* The server is another process than before: what was counted is not comparable. */
void pgp_note_restart(struct pgp *p, int64_t started_us);

/* Stores the samples of the activity that are still in memory. */
/* activity.c: what was seen of the sessions since the last time, within a sample that is open; the end of the looking. */
void pgp_put_activity(struct pgp *p, int64_t now_us, bool last);
int pgp_end_activity(struct pgp *p, struct err *err);
char *pgp_activity_sql(struct pgp *p, struct arena *a);

/* Stores each row in a table of the history under the names of its columns; `edge` is one more column when not NULL. */
int pgp_store_rows(struct pgp *p, const char *table, const char *edge, const struct pg_rows *rows, struct err *err);

/* The status that the present question, or `fact`, comes to; the first one counts. */
int pgp_status(struct pgp *p, const char *fact, enum fact_status status, const char *reason, const char *remedy, struct err *err);
/* Why pg_stat_statements cannot be asked, and what would mend it. */
void pgp_why_no_statements(struct pgp *p, const char **ret_reason, const char **ret_remedy);

/* Compares the edges and ranks (statements.c). */
int pgp_rank_statements(struct pgp *p, struct err *err);
/* After all texts: tells who is again, and who is whose sibling. */
void pgp_find_families(struct pgp *p);
/* NULL when there is none. A family has the same fingerprint and the same tables: the fingerprint alone leaves out digits of names. */
const struct pgp_statement *pgp_by_queryid(const struct pgp *p, const char *queryid);
const struct pgp_statement *pgp_by_family(const struct pgp *p, const char *fingerprint, const char *tables);
/* Plans and texts out of the log that was read (server_log.c). */
int pgp_read_log(struct pgp *p, struct err *err);
/* 1 all texts are done, 0 call again. */
int pgp_do_texts(struct pgp *p, struct err *err);

/* Planning (plans.c): sends the next question or says that all is done (1); takes an answer or a failure. */
int pgp_plans_send(struct pgp *p, int64_t now_us, struct err *err);
int pgp_plans_take(struct pgp *p, struct pg_rows *rows, const struct err *failure, struct err *err);
void pgp_plans_free(struct pgp_plans *x);
