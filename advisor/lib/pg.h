/*
 * libpq, the only file that knows it: sessions that cannot hurt the server they look at, rows, and error text without secrets.
 *
 * Every session carries application_name=perfadvise and fences: read-only transactions (unless PG_WRITABLE), statement and
 * lock timeouts, an empty search path but for pg_catalog, no JIT. They are set in the session after a marker in the
 * start-up options was seen to arrive, so they never leak through a pooler that shares server sessions: behind one,
 * opening fails and says so. One statement goes in one message; every text begins with PG_MARK, by which our own
 * statements are told apart in pg_stat_statements.
 *
 * PG_CONSOLE is for PgBouncer's admin console: no start-up options, simple protocol, nothing set, SHOW only.
 *
 * Blocking (commands):           pg_open, pg_query, pg_exec
 * Never blocking (poll loops):   pg_start, then pg_go until 1; pg_send, then pg_receive until not 0; poll pg_fd for pg_events
 *                                in between. (Only the look-up of a host name may block; libpq has no other.)
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define PG_MARK "/* perfadvise */ "

enum pg_flags {
        PG_WRITABLE = 1 << 0, /* actuators: transactions may write, and the client waits without limit */
        PG_CONSOLE = 1 << 1,  /* PgBouncer's admin console */
};

enum {
        PG_CONNECT_MS = 5000,   /* until a session is open */
        PG_STATEMENT_MS = 2000, /* statement_timeout */
        PG_LOCK_MS = 100,       /* lock_timeout */
        PG_IDLE_TX_MS = 10000,  /* idle_in_transaction_session_timeout */
        PG_ANSWER_MS = 6000,    /* the client gives a frozen server up; not for PG_WRITABLE */
};

struct pg;      /* a session */
struct pg_rows; /* an answer */

/* dsn: URI or conninfo, PG* variables, service and password files as everywhere in libpq. ERR_TARGET when unreachable or denied. */
int pg_open(const char *dsn, enum pg_flags flags, struct pg **ret_pg, struct err *err);
struct pg *pg_close(struct pg *pg); /* NULL is fine; returns NULL */
DEFINE_CLEANUP(struct pg *, pg_close)

/* One statement; parameters as text, NULL is NULL. ERR_TARGET when it fails; pg_sqlstate tells which failure. */
int pg_query(struct pg *pg, const char *sql, int n, const char *const *params, struct pg_rows **ret_rows, struct err *err);
int pg_exec(struct pg *pg, const char *sql, struct err *err);

/* The session gives up a statement (cancels it) when *stop is set by a signal handler. */
void pg_watch(struct pg *pg, const volatile sig_atomic_t *stop);

/* SQLSTATE of the last failed statement ("42501"), "" when there is none, "08006" when the session was lost. */
const char *pg_sqlstate(const struct pg *pg);
int pg_position(const struct pg *pg);       /* where in the text it failed: characters from 1, 0 unknown */
bool pg_lost(const struct pg *pg);        /* the session ended; only pg_close is left */
int pg_version_num(const struct pg *pg);  /* 150020 */
int pg_backend_pid(const struct pg *pg);
const char *pg_place(const struct pg *pg); /* "host:port/database", for people; never secrets */

/* Poll loops. pg_go: 1 the session is open, 0 wait, negative it failed. */
int pg_start(const char *dsn, enum pg_flags flags, struct pg **ret_pg, struct err *err);
int pg_go(struct pg *pg, struct err *err);
int pg_send(struct pg *pg, const char *sql, int n, const char *const *params, struct err *err);
/* As pg_send for what is sent again and again: prepared under `name` (a literal) at its first use. */
int pg_send_named(struct pg *pg, const char *name, const char *sql, int n, const char *const *params, struct err *err);
/* As pg_send_named, with an answer that costs the server no text: read it with pg_text (texts and names) and pg_int (integers, booleans, times). */
int pg_send_binary(struct pg *pg, const char *name, const char *sql, int n, const char *const *params, struct err *err);
/* 1 answered, 0 wait, negative the statement failed (the session lives on unless pg_lost). */
int pg_receive(struct pg *pg, struct pg_rows **ret_rows, struct err *err);
int pg_fd(const struct pg *pg);
short pg_events(const struct pg *pg);
bool pg_busy(const struct pg *pg); /* sent and not yet answered */

/* Answers. Columns by number from 0, or by name; an unknown column (-1) is NULL. Texts live as long as the rows. */
struct pg_rows *pg_rows_free(struct pg_rows *rows); /* returns NULL */
DEFINE_CLEANUP(struct pg_rows *, pg_rows_free)
int pg_count(const struct pg_rows *rows);
int pg_columns(const struct pg_rows *rows);
const char *pg_column_name(const struct pg_rows *rows, int col);
int pg_column(const struct pg_rows *rows, const char *name);

/* What a column holds: whole numbers and booleans, other numbers, anything else. */
enum pg_type { PG_TYPE_TEXT, PG_TYPE_INT, PG_TYPE_REAL };
enum pg_type pg_column_type(const struct pg_rows *rows, int col);

bool pg_is_null(const struct pg_rows *rows, int row, int col);
const char *pg_text(const struct pg_rows *rows, int row, int col); /* NULL is NULL */
int64_t pg_int(const struct pg_rows *rows, int row, int col);      /* NULL is 0; "t" is 1; of pg_send_binary also times: us since 1970 */
double pg_real(const struct pg_rows *rows, int row, int col);      /* NULL is NAN */
bool pg_bool(const struct pg_rows *rows, int row, int col);

/* Always in quotes, so that no keyword or capital letter surprises. */
char *pg_quote_ident(struct arena *a, const char *name);
char *pg_quote_literal(struct arena *a, const char *text);
/* "schema"."table" as pg_quote_ident writes them. */
char *pg_quote_name(struct arena *a, const char *schema, const char *name);

/* Replaces each occurrence of a secret by ***, keeps the first line. For tests and for texts of other sources. */
void pg_redact(struct str *out, const char *text, const char *const *secrets, int n);
