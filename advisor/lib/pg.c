/*
 * Sessions: opening with fences, sending, receiving. The blocking calls are the non-blocking ones in a poll of one.
 * Rows, quoting and redaction are in pg_rows.c.
 */
#include "lib/pg.h"
#include "base/sys.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { NAMED_MAX = 16, SECRETS_MAX = 4 };

enum pg_stage { STAGE_DIALING, STAGE_FENCING, STAGE_OPEN };

struct pg {
        PGconn *conn;
        enum pg_flags flags;
        enum pg_stage stage;
        PostgresPollingStatusType polling; /* while dialing: what libpq waits for */
        bool busy, flushing;
        PGresult *held; /* the answer, kept until the protocol says that nothing follows it */
        char sqlstate[6];
        int position; /* of the last failure, in the text as it was given to pg_send */
        char *place;
        char *secrets[SECRETS_MAX];
        int secret_count;
        const char *named[NAMED_MAX]; /* statements prepared in this session */
        int named_count;
        const char *preparing; /* to be executed as soon as its PREPARE is answered */
        bool pending_binary;
        int pending_n;
        char **pending;
        const volatile sig_atomic_t *stop;
};

/* The marker arrives only at a server session that is ours alone: set nothing where it did not. */
#define FENCE_MARK "perfadvise.session"

static const char fence_sql[] =
        "SELECT pg_catalog.set_config('default_transaction_read_only', $1, false), pg_catalog.set_config('statement_timeout', '2s', false),"
        " pg_catalog.set_config('lock_timeout', '100ms', false), pg_catalog.set_config('search_path', 'pg_catalog', false),"
        " pg_catalog.set_config('idle_in_transaction_session_timeout', '10s', false), pg_catalog.set_config('jit', 'off', false),"
        " pg_catalog.set_config('bytea_output', 'hex', false), pg_catalog.set_config('DateStyle', 'ISO', false)"
        " WHERE pg_catalog.current_setting('" FENCE_MARK "', true) OPERATOR(pg_catalog.=) 'own'";

static void ignore_notice(void *arg, const PGresult *res)
{
        (void)arg;
        (void)res;
}

static void keep_secret(struct pg *pg, const char *text)
{
        if (text && *text && pg->secret_count < SECRETS_MAX)
                pg->secrets[pg->secret_count++] = strdup(text);
}

static int lost(struct pg *pg, struct err *err, const char *doing)
{
        CLEANUP(str_release) struct str text = {0};
        pg_redact(&text, PQerrorMessage(pg->conn), (const char *const *)pg->secrets, pg->secret_count);
        snprintf(pg->sqlstate, sizeof pg->sqlstate, "08006");
        pg->busy = false;
        err_set(err, ERR_TARGET, "%s%s%s", doing, *doing ? ": " : "", text.len ? text.buf : "the connection was lost");
        if (PQconnectionNeedsPassword(pg->conn))
                return err_hint(err, "Put the password into a password file, a service file or PGPASSWORD.");
        if (strstr(str_text(&text), "startup parameter"))
                return err_hint(err, "This looks like PgBouncer; name the PostgreSQL server itself as the postgres target.");
        return -ERR_TARGET;
}

/* Quoted pieces of a conninfo may be secrets that slipped out of their quotes. */
static int unparsable(const char *libpq_says, struct err *err)
{
        CLEANUP(str_release) struct str text = {0};
        bool quoted = false;
        for (const char *p = libpq_says ? libpq_says : ""; *p && *p != '\n'; p++) {
                if (*p == '"') {
                        str_add(&text, quoted ? "\"" : "\"...");
                        quoted = !quoted;
                } else if (!quoted) {
                        str_add_char(&text, *p);
                }
        }
        err_set(err, ERR_CONFIG, "connection string does not parse: %s", str_text(&text));
        return err_hint(err, "Write it as libpq reads it: \"host=... dbname=...\", \"service=...\" or \"postgresql://...\".");
}

/* What the user put into `options`, with our marker behind it. */
static int read_dsn(struct pg *pg, const char *dsn, struct str *options, struct err *err)
{
        char *why = NULL;
        PQconninfoOption *parsed = PQconninfoParse(dsn, &why);
        if (!parsed && strchr(dsn, '=') == NULL && strstr(dsn, "://") == NULL && *dsn) {
                PQfreemem(why); /* a bare database name */
                why = NULL;
        } else if (!parsed) {
                int r = unparsable(why, err);
                PQfreemem(why);
                return r;
        }
        const char *given = getenv("PGOPTIONS");
        for (PQconninfoOption *o = parsed; o && o->keyword; o++) {
                if (o->val && !strcmp(o->keyword, "options"))
                        given = o->val;
                if (!strcmp(o->keyword, "password") || !strcmp(o->keyword, "sslpassword"))
                        keep_secret(pg, o->val);
        }
        str_printf(options, "%s%s-c " FENCE_MARK "=own", given ? given : "", given ? " " : "");
        PQconninfoFree(parsed);
        return 0;
}

int pg_start(const char *dsn, enum pg_flags flags, struct pg **ret_pg, struct err *err)
{
        CLEANUP(pg_close) struct pg *pg = calloc(1, sizeof *pg);
        CLEANUP(str_release) struct str options = {0};
        if (!pg)
                return err_set(err, ERR_IO, "out of memory");
        pg->flags = flags;
        int r = read_dsn(pg, dsn, &options, err);
        if (r < 0)
                return r;
        bool console = flags & PG_CONSOLE;
        const char *const keys[] = {"dbname", "application_name", "client_encoding", "connect_timeout", console ? NULL : "options", NULL};
        const char *const values[] = {dsn, "perfadvise", "UTF8", "5", console ? NULL : str_text(&options), NULL};
        pg->conn = PQconnectStartParams(keys, values, 1);
        if (!pg->conn)
                return err_set(err, ERR_IO, "out of memory");
        PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
        keep_secret(pg, PQpass(pg->conn));
        if (PQstatus(pg->conn) == CONNECTION_BAD)
                return lost(pg, err, "");
        pg->polling = PGRES_POLLING_WRITING;
        *ret_pg = take(pg);
        return 0;
}

static void note_place(struct pg *pg)
{
        CLEANUP(str_release) struct str text = {0};
        const char *host = PQhost(pg->conn), *port = PQport(pg->conn), *db = PQdb(pg->conn);
        str_printf(&text, "%s:%s/%s", host && *host ? host : "local", port && *port ? port : "5432", db ? db : "");
        free(pg->place);
        pg->place = str_take(&text);
}

static int send_fences(struct pg *pg, struct err *err)
{
        const char *const read_only = pg->flags & PG_WRITABLE ? "off" : "on";
        pg->stage = STAGE_FENCING;
        return pg_send(pg, fence_sql, 1, &read_only, err);
}

static int finish_fences(struct pg *pg, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        int r = pg_receive(pg, &rows, err);
        if (r <= 0)
                return r;
        if (pg_count(rows) != 1) {
                err_set(err, ERR_REFUSED, "%s: a pooler shares the session with others", pg_place(pg));
                return err_hint(err, "Name the PostgreSQL server itself as the postgres target; the pooler is a pgbouncer target.");
        }
        pg->stage = STAGE_OPEN;
        return 1;
}

int pg_go(struct pg *pg, struct err *err)
{
        if (pg->stage == STAGE_OPEN)
                return 1;
        if (pg->stage == STAGE_FENCING)
                return finish_fences(pg, err);
        pg->polling = PQconnectPoll(pg->conn);
        if (pg->polling == PGRES_POLLING_FAILED)
                return lost(pg, err, "");
        if (pg->polling != PGRES_POLLING_OK)
                return 0;
        note_place(pg);
        if (PQsetnonblocking(pg->conn, 1) < 0)
                return lost(pg, err, pg_place(pg));
        if (pg->flags & PG_CONSOLE) {
                pg->stage = STAGE_OPEN;
                return 1;
        }
        return send_fences(pg, err);
}

static void forget_pending(struct pg *pg)
{
        for (int i = 0; i < pg->pending_n; i++)
                free(pg->pending[i]);
        free(pg->pending);
        pg->pending = NULL;
        pg->pending_n = 0;
        pg->preparing = NULL;
}

static int flush(struct pg *pg, struct err *err)
{
        int r = PQflush(pg->conn);
        pg->flushing = r == 1;
        return r < 0 ? lost(pg, err, pg_place(pg)) : 0;
}

static int sent(struct pg *pg, int ok, struct err *err)
{
        if (!ok)
                return lost(pg, err, pg_place(pg));
        pg->busy = true;
        pg->sqlstate[0] = 0;
        return flush(pg, err);
}

int pg_send(struct pg *pg, const char *sql, int n, const char *const *params, struct err *err)
{
        if (pg->flags & PG_CONSOLE)
                return sent(pg, PQsendQuery(pg->conn, sql), err);
        CLEANUP(str_release) struct str text = {0};
        str_add(&text, PG_MARK);
        str_add(&text, sql);
        return sent(pg, PQsendQueryParams(pg->conn, text.buf, n, NULL, params, NULL, NULL, 0), err);
}

static bool is_prepared(const struct pg *pg, const char *name)
{
        for (int i = 0; i < pg->named_count; i++)
                if (!strcmp(pg->named[i], name))
                        return true;
        return false;
}

static int keep_pending(struct pg *pg, const char *name, int n, const char *const *params, struct err *err)
{
        pg->pending = calloc(n ? (size_t)n : 1, sizeof *pg->pending);
        if (!pg->pending)
                return err_set(err, ERR_IO, "out of memory");
        for (int i = 0; i < n; i++)
                pg->pending[i] = params[i] ? strdup(params[i]) : NULL;
        pg->pending_n = n;
        pg->preparing = name;
        return 0;
}

static int send_named(struct pg *pg, const char *name, const char *sql, int n, const char *const *params, bool binary, struct err *err)
{
        if (is_prepared(pg, name))
                return sent(pg, PQsendQueryPrepared(pg->conn, name, n, params, NULL, NULL, binary), err);
        if (pg->named_count == NAMED_MAX || (pg->flags & PG_CONSOLE))
                return pg_send(pg, sql, n, params, err);
        int r = keep_pending(pg, name, n, params, err);
        if (r < 0)
                return r;
        pg->pending_binary = binary;
        CLEANUP(str_release) struct str text = {0};
        str_add(&text, PG_MARK);
        str_add(&text, sql);
        return sent(pg, PQsendPrepare(pg->conn, name, text.buf, n, NULL), err);
}

int pg_send_named(struct pg *pg, const char *name, const char *sql, int n, const char *const *params, struct err *err)
{
        return send_named(pg, name, sql, n, params, false, err);
}

int pg_send_binary(struct pg *pg, const char *name, const char *sql, int n, const char *const *params, struct err *err)
{
        return send_named(pg, name, sql, n, params, true, err);
}

static int failed(struct pg *pg, PGresult *res, struct err *err)
{
        const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE), *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
        CLEANUP(str_release) struct str text = {0};
        pg_redact(&text, primary ? primary : PQresultErrorMessage(res), (const char *const *)pg->secrets, pg->secret_count);
        const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
        int offset = pg->flags & PG_CONSOLE ? 0 : (int)sizeof PG_MARK - 1;
        pg->position = position ? atoi(position) - offset : 0;
        snprintf(pg->sqlstate, sizeof pg->sqlstate, "%s", state ? state : "");
        PQclear(res);
        if (PQstatus(pg->conn) == CONNECTION_BAD)
                return lost(pg, err, pg_place(pg));
        return err_set(err, ERR_TARGET, "%s", str_text(&text));
}

/* A statement was prepared: its first execution goes out at once. */
static int execute_prepared(struct pg *pg, struct err *err)
{
        const char *name = pg->preparing;
        pg->named[pg->named_count++] = name;
        int ok = PQsendQueryPrepared(pg->conn, name, pg->pending_n, (const char *const *)pg->pending, NULL, NULL, pg->pending_binary);
        forget_pending(pg);
        return sent(pg, ok, err);
}

static int answer(struct pg *pg, PGresult *res, struct pg_rows **ret_rows, struct err *err)
{
        pg->busy = false;
        ExecStatusType status = PQresultStatus(res);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
                forget_pending(pg);
                return failed(pg, res, err);
        }
        if (pg->preparing) {
                PQclear(res);
                return execute_prepared(pg, err);
        }
        *ret_rows = (struct pg_rows *)res;
        return 1;
}

int pg_receive(struct pg *pg, struct pg_rows **ret_rows, struct err *err)
{
        if (pg->flushing && flush(pg, err) < 0)
                return -ERR_TARGET;
        if (!PQconsumeInput(pg->conn))
                return lost(pg, err, pg_place(pg));
        while (!PQisBusy(pg->conn)) {
                PGresult *res = PQgetResult(pg->conn);
                if (!res) {
                        res = take(pg->held);
                        return res ? answer(pg, res, ret_rows, err) : lost(pg, err, pg_place(pg));
                }
                PQclear(pg->held);
                pg->held = res;
                if (PQresultStatus(res) == PGRES_COPY_OUT || PQresultStatus(res) == PGRES_COPY_IN)
                        return err_set(err, ERR_REFUSED, "%s: COPY is not for this session", pg_place(pg));
        }
        return 0;
}

int pg_fd(const struct pg *pg)
{
        return PQsocket(pg->conn);
}

short pg_events(const struct pg *pg)
{
        if (pg->stage == STAGE_DIALING)
                return pg->polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        return (short)(POLLIN | (pg->flushing ? POLLOUT : 0));
}

bool pg_busy(const struct pg *pg)
{
        return pg->busy;
}

static int cancel(struct pg *pg, struct err *err)
{
        char why[256];
        PGcancel *c = PQgetCancel(pg->conn);
        if (c)
                PQcancel(c, why, sizeof why);
        PQfreeCancel(c);
        return err_set(err, ERR_REFUSED, "%s: interrupted", pg_place(pg));
}

/* Waits until libpq may go on. limit_us 0: as long as it takes. */
static int wait_for(struct pg *pg, int64_t until_us, struct err *err)
{
        struct pollfd p = {.fd = pg_fd(pg), .events = pg_events(pg)};
        int64_t left_us = until_us ? until_us - sys.monotonic_us() : -1;
        if (until_us && left_us <= 0) {
                snprintf(pg->sqlstate, sizeof pg->sqlstate, "08006");
                return err_set(err, ERR_TARGET, "%s: no answer in time", pg_place(pg));
        }
        int n = poll(&p, 1, until_us ? (int)(left_us / 1000 + 1) : -1);
        if (n < 0 && errno != EINTR)
                return err_errno(err, ERR_IO, "poll");
        if (pg->stop && *pg->stop)
                return cancel(pg, err);
        return 0;
}

int pg_open(const char *dsn, enum pg_flags flags, struct pg **ret_pg, struct err *err)
{
        CLEANUP(pg_close) struct pg *pg = NULL;
        int r = pg_start(dsn, flags, &pg, err);
        if (r < 0)
                return r;
        int64_t until_us = sys.monotonic_us() + PG_CONNECT_MS * 1000LL;
        do {
                r = wait_for(pg, until_us, err);
                if (r < 0)
                        return r;
                r = pg_go(pg, err);
        } while (r == 0);
        if (r < 0)
                return r;
        *ret_pg = take(pg);
        return 0;
}

int pg_query(struct pg *pg, const char *sql, int n, const char *const *params, struct pg_rows **ret_rows, struct err *err)
{
        int64_t until_us = pg->flags & PG_WRITABLE ? 0 : sys.monotonic_us() + PG_ANSWER_MS * 1000LL;
        int r = pg_send(pg, sql, n, params, err);
        while (r == 0) {
                r = pg_receive(pg, ret_rows, err);
                if (r == 0)
                        r = wait_for(pg, until_us, err);
        }
        return r < 0 ? r : 0;
}

int pg_exec(struct pg *pg, const char *sql, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        return pg_query(pg, sql, 0, NULL, &rows, err);
}

struct pg *pg_close(struct pg *pg)
{
        if (!pg)
                return NULL;
        PQclear(pg->held);
        PQfinish(pg->conn);
        forget_pending(pg);
        for (int i = 0; i < pg->secret_count; i++) {
                explicit_bzero(pg->secrets[i], strlen(pg->secrets[i]));
                free(pg->secrets[i]);
        }
        free(pg->place);
        free(pg);
        return NULL;
}

void pg_watch(struct pg *pg, const volatile sig_atomic_t *stop)
{
        pg->stop = stop;
}

const char *pg_sqlstate(const struct pg *pg)
{
        return pg->sqlstate;
}

int pg_position(const struct pg *pg)
{
        return pg->position;
}

bool pg_lost(const struct pg *pg)
{
        return PQstatus(pg->conn) == CONNECTION_BAD;
}

int pg_version_num(const struct pg *pg)
{
        return PQserverVersion(pg->conn);
}

int pg_backend_pid(const struct pg *pg)
{
        return PQbackendPID(pg->conn);
}

const char *pg_place(const struct pg *pg)
{
        return pg->place ? pg->place : "postgres";
}
