/* trace import: server logs with slow statements and plans, and EXPLAIN output, into the history. */
#include "base/fs.h"
#include "cmd/trace.h"
#include "lib/sql.h"
#include "probes/postgres/logged.h"
#include "store/store.h"

#include <math.h>
#include <string.h>

enum { BYTES_MAX = 1 << 30, PLAN_BYTES_MAX = 16 << 20 };

DEFINE_CLEANUP(struct arena *, arena_free)

/* The fingerprints of the history, and identifiers that are in it. */
struct known {
        struct arena *arena;
        struct stmt *by_id, *by_fingerprint;
        int64_t target;
};

static int choose_target(struct app *app, struct trace_request *q, struct err *err)
{
        const char *found = NULL;
        int n = 0, r = app_config(app, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < app->config->targets.len; i++) {
                const struct probe_target *t = &app->config->targets.items[i];
                if (strcmp(t->kind, "postgres") != 0 || (q->target && strcmp(q->target, t->name) != 0))
                        continue;
                found = t->name;
                n++;
        }
        if (q->target && !n)
                return err_set(err, ERR_USAGE, "no PostgreSQL target '%s'", q->target);
        if (n > 1)
                return err_hint(err, "Name one with --target."), err_set(err, ERR_USAGE, "%d PostgreSQL targets to choose from", n);
        q->target = found ? found : "imported";
        return 0;
}

static const char *ask(struct known *k, struct stmt *st, const char *value, const char *tables)
{
        const char *id = NULL;
        stmt_bind_int(st, 1, k->target);
        stmt_bind_text(st, 2, value);
        if (st == k->by_fingerprint)
                stmt_bind_text(st, 3, tables);
        if (stmt_step(st, NULL) == 1)
                id = arena_strdup(k->arena, stmt_text(st, 0));
        stmt_reset(st);
        return id;
}

/* The fingerprint leaves out digits of names: the tables must be the same, too. */
static const char *resolve(void *arg, const char *queryid, const char *fingerprint, const char *text)
{
        struct known *k = arg;
        CLEANUP(arena_free) struct arena *a = arena_new();
        char *tables = NULL;
        const char *id = queryid ? ask(k, k->by_id, queryid, NULL) : NULL;
        if (id || !fingerprint || sql_tables(a, text, &tables, NULL) < 0)
                return id;
        return ask(k, k->by_fingerprint, fingerprint, tables);
}

/* A log, too, may begin with a bracket, by its log_line_prefix. */
static bool is_plan(const char *path, const char *bytes)
{
        static const char blanks[] = " \t\r\n";
        const char *p = bytes + strspn(bytes, blanks);
        size_t n = strlen(path);
        if (*p == '[')
                return p[1 + strspn(p + 1, blanks)] == '{' || (n > 5 && !strcmp(path + n - 5, ".json"));
        return *p == '{' && strncmp(p, "{\"timestamp\"", 12) != 0;
}

/* plan.json is of the statement in plan.sql beside it, when that is there. */
static const char *statement_beside(struct arena *a, const char *path)
{
        char *bytes;
        size_t len, stem = strlen(path) - (strlen(path) > 5 && !strcmp(path + strlen(path) - 5, ".json") ? 5 : 0);
        const char *sql = arena_printf(a, "%.*s.sql", (int)stem, path);
        return fs_exists(sql) && fs_read(a, sql, PLAN_BYTES_MAX, &bytes, &len, NULL) == 0 ? bytes : NULL;
}

static int read_file(struct app *app, struct logged *l, const char *path, struct err *err)
{
        static const char *const formats[] = {"stderr", "csvlog", "jsonlog"};
        struct pglog_counts counts;
        char *bytes;
        size_t len;
        int r = fs_read(app->arena, path, BYTES_MAX, &bytes, &len, err);
        if (r < 0)
                return r;
        if (is_plan(path, bytes)) {
                if ((r = logged_add_plan(l, bytes, statement_beside(app->arena, path), NAN, err)) < 0)
                        err_at(err, err->code, path, 0, 0, "%s", arena_strdup(app->arena, err->msg));
                return r;
        }
        pglog_read(bytes, len, logged_take, l, &counts);
        app_note(app, "%s: %s, %zu entries: %zu slow statements, %zu plans", path, formats[counts.format], counts.entries, counts.statements, counts.plans);
        if (!counts.statements && !counts.plans)
                app_note(app, "%s: nothing of log_min_duration_statement or auto_explain in it (in English; lc_messages translates them)", path);
        return 0;
}

static int import(struct app *app, struct store *store, const struct trace_request *q, int64_t run, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *by_id = NULL;
        CLEANUP(stmt_free) struct stmt *by_fingerprint = NULL;
        struct known known = {.arena = app->arena};
        int r = store_target(store, q->target, "postgres", &known.target, err);
        if (r == 0)
                r = stmt_prepare(store_db(store), "SELECT queryid FROM pg_statement_text WHERE target_id = ? AND queryid = ?", &by_id, err);
        if (r == 0)
                r = stmt_prepare(store_db(store), "SELECT queryid FROM pg_statement_text WHERE target_id = ? AND fingerprint = ? AND tables IS ? ORDER BY queryid LIMIT 1",
                                 &by_fingerprint, err);
        known.by_id = by_id;
        known.by_fingerprint = by_fingerprint;
        struct logged *l = logged_new(app->arena, app->config->privacy_literals, q->database, resolve, &known);
        for (int i = 0; r == 0 && i < q->count; i++)
                r = read_file(app, l, q->files[i], err);
        if (r == 0)
                r = logged_emit(l, store_sink(store, run, known.target), "imported", err);
        if (r < 0)
                return r;
        const struct logged_counts *c = logged_counts(l);
        printf("run %lld: %zu plans of %zu shapes for target %s, %zu of them with measured rows\n", (long long)run, c->plans, c->shapes, q->target, c->measured);
        if (c->skipped)
                app_note(app, "%zu entries were skipped: of another database, cut off, or no SQL", c->skipped);
        return 0;
}

int trace_import_logs(struct app *app, struct trace_request *q, struct err *err)
{
        CLEANUP(store_close) struct store *store = NULL;
        const char *path;
        int64_t id;
        int r = choose_target(app, q, err);
        if (r < 0 || (r = app_history_path(app, true, &path, err)) < 0 || (r = store_open(path, STORE_WRITE, &store, err)) < 0 ||
            (r = store_run_begin(store, "import", NULL, 0, &id, err)) < 0)
                return r;
        r = import(app, store, q, id, err);
        int end = store_run_end(store, id, r < 0 ? "failed" : "ok", r < 0 ? NULL : err);
        return r < 0 ? r : end;
}
