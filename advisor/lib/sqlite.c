#include "lib/sqlite.h"
#include "base/hist.h"
#include "base/hold.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct db {
        sqlite3 *handle;
        int64_t steps, steps_left;
        bool fenced;
};

struct stmt {
        sqlite3_stmt *handle;
        struct db *db;
        bool running; /* between its first step and its end: the budget of steps is for all of it */
};

static int fail(struct db *db, int rc, struct err *err, const char *doing)
{
        const char *msg = db && db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);
        switch (rc & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                err_set(err, ERR_HISTORY, "%s: %s", doing, msg);
                return err_hint(err, "The file was left as it is; move it aside to start a new history.");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return err_set(err, ERR_IO, "%s: locked by another process", doing);
        case SQLITE_INTERRUPT:
                return err_set(err, ERR_CONFIG, "%s: more than the %lld steps that a rule may take", doing,
                               (long long)(db ? db->steps : 0));
        case SQLITE_AUTH:
        case SQLITE_ERROR:
                return err_set(err, ERR_CONFIG, "%s: %s", doing, msg);
        default:
                return err_set(err, ERR_IO, "%s: %s", doing, msg);
        }
}

static void fn_hist_quantile(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        (void)n;
        const char *text = (const char *)sqlite3_value_text(v[0]);
        struct hist *h = calloc(1, sizeof *h);
        if (!text || !h || hist_parse(h, text) < 0 || !h->count)
                sqlite3_result_null(ctx);
        else
                sqlite3_result_double(ctx, hist_quantile_us(h, sqlite3_value_double(v[1])) / 1000);
        free(h);
}

static void fn_hist_merge_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        (void)n;
        struct hist *h = sqlite3_aggregate_context(ctx, sizeof *h);
        const char *text = (const char *)sqlite3_value_text(v[0]);
        if (h && text && hist_parse(h, text) < 0)
                sqlite3_result_error(ctx, "not a histogram", -1);
}

static void fn_hist_merge_final(sqlite3_context *ctx)
{
        struct hist *h = sqlite3_aggregate_context(ctx, 0);
        if (!h) {
                sqlite3_result_null(ctx);
                return;
        }
        struct str s = {0};
        hist_format(h, &s);
        sqlite3_result_text(ctx, str_text(&s), -1, SQLITE_TRANSIENT);
        str_release(&s);
}

/* quantile(value, q): an aggregate over exact values, type 7. */
struct values {
        double *v;
        size_t n, cap;
        double q;
};

static void fn_quantile_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        (void)n;
        struct values *s = sqlite3_aggregate_context(ctx, sizeof *s);
        if (!s || sqlite3_value_type(v[0]) == SQLITE_NULL)
                return;
        s->q = sqlite3_value_double(v[1]);
        if (s->n == s->cap) {
                size_t cap = s->cap ? s->cap * 2 : 64;
                double *more = realloc(s->v, cap * sizeof *more);
                if (!more) {
                        sqlite3_result_error_nomem(ctx);
                        return;
                }
                s->v = more;
                s->cap = cap;
        }
        s->v[s->n++] = sqlite3_value_double(v[0]);
}

static int compare_reals(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static void fn_quantile_final(sqlite3_context *ctx)
{
        struct values *s = sqlite3_aggregate_context(ctx, 0);
        if (!s || !s->n) {
                sqlite3_result_null(ctx);
        } else {
                qsort(s->v, s->n, sizeof *s->v, compare_reals);
                double at = s->q * (double)(s->n - 1);
                size_t i = (size_t)at;
                double lo = s->v[i], hi = i + 1 < s->n ? s->v[i + 1] : lo;
                sqlite3_result_double(ctx, lo + (at - (double)i) * (hi - lo));
        }
        if (s)
                free(s->v);
}

/* hold_hist(ages, looks, rate_hz, count): the holds behind ages that were met by looking (base/hold.h); NULL when a number is missing. */
static void fn_hold_hist(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        for (int i = 0; i < n; i++)
                if (sqlite3_value_type(v[i]) == SQLITE_NULL)
                        return;
        struct hist *h = calloc(2, sizeof *h);
        struct str text = {0};
        double count = sqlite3_value_double(v[3]);
        if (!h)
                sqlite3_result_error_nomem(ctx);
        else if (hist_parse(h, (const char *)sqlite3_value_text(v[0])) < 0)
                sqlite3_result_error(ctx, "not a histogram", -1);
        else if (count >= 1 && count < 1e15 && hold_from_ages(h, sqlite3_value_double(v[1]), sqlite3_value_double(v[2]), (uint64_t)count, h + 1) == 0) {
                hist_format(h + 1, &text);
                sqlite3_result_text(ctx, str_text(&text), -1, SQLITE_TRANSIENT);
        }
        str_release(&text);
        free(h);
}

static void add_functions(sqlite3 *h)
{
        int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
        sqlite3_create_function(h, "hist_quantile_ms", 2, flags, NULL, fn_hist_quantile, NULL, NULL);
        sqlite3_create_function(h, "hold_hist", 4, flags, NULL, fn_hold_hist, NULL, NULL);
        sqlite3_create_function(h, "hist_merge", 1, flags, NULL, NULL, fn_hist_merge_step, fn_hist_merge_final);
        sqlite3_create_function(h, "quantile", 2, flags, NULL, NULL, fn_quantile_step, fn_quantile_final);
}

int db_open(const char *path, enum db_flags flags, struct db **ret_db, struct err *err)
{
        CLEANUP(db_close) struct db *db = calloc(1, sizeof *db);
        if (!db)
                return err_set(err, ERR_IO, "out of memory");
        int mode = flags & DB_READ_ONLY ? SQLITE_OPEN_READONLY
                                        : SQLITE_OPEN_READWRITE | (flags & DB_CREATE ? SQLITE_OPEN_CREATE : 0);
        if (flags & DB_MEMORY) {
                path = ":memory:";
                mode = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        }
        int rc = sqlite3_open_v2(path, &db->handle, mode | SQLITE_OPEN_NOMUTEX, NULL);
        if (rc != SQLITE_OK)
                return fail(db, rc, err, path);
        sqlite3_extended_result_codes(db->handle, 1);
        sqlite3_busy_timeout(db->handle, 10000);
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        add_functions(db->handle);
        *ret_db = take(db);
        return 0;
}

void *db_image(struct db *db, size_t *ret_len)
{
        sqlite3_int64 len = 0;
        unsigned char *bytes = sqlite3_serialize(db->handle, "main", &len, 0);
        void *copy = bytes ? malloc((size_t)len) : NULL;
        if (copy)
                memcpy(copy, bytes, (size_t)len);
        sqlite3_free(bytes);
        *ret_len = (size_t)len;
        return copy;
}

int db_open_image(const void *image, size_t len, struct db **ret_db, struct err *err)
{
        CLEANUP(db_close) struct db *db = NULL;
        int r = db_open(NULL, DB_MEMORY, &db, err);
        unsigned char *copy = r < 0 ? NULL : sqlite3_malloc64(len);
        if (r < 0)
                return r;
        if (!copy)
                return err_set(err, ERR_IO, "out of memory");
        memcpy(copy, image, len);
        int rc = sqlite3_deserialize(db->handle, "main", copy, (sqlite3_int64)len, (sqlite3_int64)len, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
        if (rc != SQLITE_OK)
                return fail(db, rc, err, "history");
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL); /* it is our own */
        *ret_db = take(db);
        return 0;
}

struct db *db_close(struct db *db)
{
        if (db) {
                sqlite3_close_v2(db->handle);
                free(db);
        }
        return NULL;
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
        int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
        return rc == SQLITE_OK ? 0 : fail(db, rc, err, "history");
}

int64_t db_last_rowid(struct db *db)
{
        return sqlite3_last_insert_rowid(db->handle);
}

int db_changes(struct db *db)
{
        return sqlite3_changes(db->handle);
}

int stmt_prepare(struct db *db, const char *sql, struct stmt **ret_stmt, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *s = calloc(1, sizeof *s);
        if (!s)
                return err_set(err, ERR_IO, "out of memory");
        s->db = db;
        const char *tail = NULL;
        int rc = sqlite3_prepare_v2(db->handle, sql, -1, &s->handle, &tail);
        if (rc != SQLITE_OK)
                return fail(db, rc, err, "history");
        if (!s->handle)
                return err_set(err, ERR_CONFIG, "empty SQL");
        if (tail && tail[strspn(tail, " \t\r\n;")])
                return err_set(err, ERR_CONFIG, "more than one SQL statement");
        *ret_stmt = take(s);
        return 0;
}

struct stmt *stmt_free(struct stmt *s)
{
        if (s) {
                sqlite3_finalize(s->handle);
                free(s);
        }
        return NULL;
}

void stmt_bind_int(struct stmt *s, int i, int64_t v)
{
        sqlite3_bind_int64(s->handle, i, v);
}

void stmt_bind_real(struct stmt *s, int i, double v)
{
        if (isnan(v))
                sqlite3_bind_null(s->handle, i);
        else
                sqlite3_bind_double(s->handle, i, v);
}

void stmt_bind_text(struct stmt *s, int i, const char *v)
{
        sqlite3_bind_text(s->handle, i, v, -1, SQLITE_TRANSIENT);
}

void stmt_bind_borrowed(struct stmt *s, int i, const char *v)
{
        sqlite3_bind_text(s->handle, i, v, -1, SQLITE_STATIC);
}

void stmt_bind_blob(struct stmt *s, int i, const void *v, size_t len)
{
        sqlite3_bind_blob(s->handle, i, v ? v : "", (int)len, SQLITE_TRANSIENT);
}

const void *stmt_blob(struct stmt *s, int i, size_t *ret_len)
{
        const void *v = sqlite3_column_blob(s->handle, i);
        *ret_len = v ? (size_t)sqlite3_column_bytes(s->handle, i) : 0;
        return v;
}

void stmt_bind_null(struct stmt *s, int i)
{
        sqlite3_bind_null(s->handle, i);
}

int stmt_param(struct stmt *s, const char *name)
{
        return sqlite3_bind_parameter_index(s->handle, name);
}

int stmt_param_count(struct stmt *s)
{
        return sqlite3_bind_parameter_count(s->handle);
}

const char *stmt_param_name(struct stmt *s, int i)
{
        return sqlite3_bind_parameter_name(s->handle, i);
}

int stmt_step(struct stmt *s, struct err *err)
{
        if (!s->running)
                s->db->steps_left = s->db->steps;
        s->running = true;
        int rc = sqlite3_step(s->handle);
        if (rc == SQLITE_ROW)
                return 1;
        s->running = false;
        int r = rc == SQLITE_DONE ? 0 : fail(s->db, rc, err, "history");
        sqlite3_reset(s->handle);
        return r;
}

void stmt_reset(struct stmt *s)
{
        s->running = false;
        sqlite3_reset(s->handle);
}

int stmt_columns(struct stmt *s)
{
        return sqlite3_column_count(s->handle);
}

const char *stmt_column_name(struct stmt *s, int i)
{
        return sqlite3_column_name(s->handle, i);
}

bool stmt_is_null(struct stmt *s, int i)
{
        return sqlite3_column_type(s->handle, i) == SQLITE_NULL;
}

bool stmt_is_number(struct stmt *s, int i)
{
        int type = sqlite3_column_type(s->handle, i);
        return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

int64_t stmt_int(struct stmt *s, int i)
{
        return sqlite3_column_int64(s->handle, i);
}

double stmt_real(struct stmt *s, int i)
{
        return stmt_is_null(s, i) ? NAN : sqlite3_column_double(s->handle, i);
}

const char *stmt_text(struct stmt *s, int i)
{
        return (const char *)sqlite3_column_text(s->handle, i);
}

int64_t db_int(struct db *db, const char *sql, int64_t param, int64_t otherwise)
{
        CLEANUP(stmt_free) struct stmt *s = NULL;
        if (stmt_prepare(db, sql, &s, NULL) < 0)
                return otherwise;
        if (stmt_param_count(s))
                stmt_bind_int(s, 1, param);
        return stmt_step(s, NULL) == 1 && !stmt_is_null(s, 0) ? stmt_int(s, 0) : otherwise;
}

struct real_function {
        double (*f)(const double *args, int n, void *arg);
        void *arg;
};

enum { FUNCTION_ARGS_MAX = 16 };

static void call_real_function(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        const struct real_function *rf = sqlite3_user_data(ctx);
        double args[FUNCTION_ARGS_MAX];
        if (n > FUNCTION_ARGS_MAX) {
                sqlite3_result_error(ctx, "too many arguments", -1);
                return;
        }
        for (int i = 0; i < n; i++)
                args[i] = sqlite3_value_type(v[i]) == SQLITE_NULL ? NAN : sqlite3_value_double(v[i]);
        double r = rf->f(args, n, rf->arg);
        if (isnan(r))
                sqlite3_result_null(ctx);
        else
                sqlite3_result_double(ctx, r);
}

int db_add_function(struct db *db, const char *name, int nargs, double (*f)(const double *args, int n, void *arg), void *arg,
                    struct err *err)
{
        struct real_function *rf = malloc(sizeof *rf);
        if (!rf)
                return err_set(err, ERR_IO, "out of memory");
        *rf = (struct real_function){f, arg};
        int rc = sqlite3_create_function_v2(db->handle, name, nargs, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, rf,
                                            call_real_function, NULL, NULL, free);
        return rc == SQLITE_OK ? 0 : fail(db, rc, err, name);
}

/*
 * Columns of tables that are no facts may be read by views only: `view` is the innermost view (or named subquery) that reads.
 * An empty column is a mere count(*), which names subqueries as well.
 */
static bool is_raw(const char *table, const char *column, const char *view)
{
        return !view && table && column && *column && strncmp(table, "fact_", 5) && strncmp(table, "json_", 5);
}

static int authorize(void *arg, int action, const char *a, const char *b, const char *database, const char *view)
{
        (void)arg, (void)database;
        static const char *const denied[] = {"load_extension", "readfile", "writefile", "edit", "randomblob", "random",
                                             "zeroblob", "fts3_tokenizer", NULL};
        switch (action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE:
                return SQLITE_OK;
        case SQLITE_READ:
                return is_raw(a, b, view) ? SQLITE_DENY : SQLITE_OK;
        case SQLITE_FUNCTION:
                for (const char *const *d = denied; *d; d++)
                        if (!strcasecmp(b, *d))
                                return SQLITE_DENY;
                return SQLITE_OK;
        default:
                return SQLITE_DENY;
        }
}

static int count_steps(void *arg)
{
        struct db *db = arg;
        db->steps_left -= 1000;
        return db->fenced && db->steps_left < 0;
}

int db_fence(struct db *db, int64_t steps, struct err *err)
{
        (void)err;
        db->fenced = steps > 0;
        db->steps = db->steps_left = steps;
        sqlite3_set_authorizer(db->handle, steps > 0 ? authorize : NULL, db);
        sqlite3_progress_handler(db->handle, steps > 0 ? 1000 : 0, steps > 0 ? count_steps : NULL, db);
        sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, steps > 0 ? 64 << 20 : 1 << 30);
        sqlite3_limit(db->handle, SQLITE_LIMIT_EXPR_DEPTH, steps > 0 ? 200 : 1000);
        return 0;
}
