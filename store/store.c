/*
 * Runs, targets and the generic record writer. A record names a table of the schema and some of its columns; the INSERT
 * statement for each (table, columns) shape is prepared once. Knows no probe: the schema is the list of what can be stored.
 */
#include "store/store.h"
#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/migration.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x70666164 /* "pfad" */, SHAPES_MAX = 128, SETTLED = 2 };

/* Dear views by target and statement, in the order in which they read one another. */
static const char *const settled_views[SETTLED] = {"fact_statement", "fact_statement_trend"};

#ifndef PERFADVISE_VERSION
#define PERFADVISE_VERSION "dev"
#endif

/* A prepared INSERT for one table and list of columns. */
struct shape {
        const char *table;
        const char *columns;
        struct stmt *insert;
};

struct store {
        struct db *db;
        struct arena *arena;
        char *path;
        struct shape shapes[SHAPES_MAX];
        size_t shape_count, last_shape;
        int64_t sample_us;   /* when the open sample began */
        bool writable;
        char *settled[SETTLED]; /* of each view that a table stands in for its text, or NULL */
};

/* One per run and target. */
struct store_sink {
        struct sink sink;
        struct store *store;
        int64_t run, target;
        bool open;
        int failed;
        struct err err;
};

static const struct {
        int version;
        const char *sql;
} migrations[] = {
        {1, store_schema_001}, {2, store_schema_002}, {3, store_schema_003}, {4, store_schema_004}, {5, store_schema_005},
        {6, store_schema_006}, {7, store_schema_007}, {8, store_schema_008}, {9, store_schema_009},
        {10, store_schema_010}, {11, store_schema_011},
};

static int migrate_from(struct store *s, int64_t version, struct err *err)
{
        for (size_t i = 0; i < sizeof migrations / sizeof *migrations; i++) {
                if (migrations[i].version <= version)
                        continue;
                char set[96];
                snprintf(set, sizeof set, "PRAGMA user_version=%d; PRAGMA application_id=%d;", migrations[i].version,
                         APPLICATION_ID);
                if (db_exec(s->db, "BEGIN IMMEDIATE", err) < 0)
                        return -(int)err->code;
                if (db_exec(s->db, migrations[i].sql, err) < 0 || db_exec(s->db, set, err) < 0 || db_exec(s->db, "COMMIT", err) < 0) {
                        db_exec(s->db, "ROLLBACK", NULL);
                        return -(int)err->code;
                }
        }
        return 0;
}

/* A copy beside the file before its schema changes, by SQLite itself so that it is consistent. */
static int backup_before_migration(struct store *s, int64_t version, struct err *err)
{
        char *copy = arena_printf(s->arena, "%s.v%lld.backup", s->path, (long long)version);
        if (fs_exists(copy))
                return 0;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db, "VACUUM INTO ?", &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, copy);
        return stmt_step(st, err);
}

/* Before the first write: a file that is not ours, or newer than we are, stays as it is. */
static int check_ours(struct store *s, int64_t *ret_version, struct err *err)
{
        int64_t id = db_int(s->db, "PRAGMA application_id", 0, -1), version = db_int(s->db, "PRAGMA user_version", 0, -1);
        int64_t tables = db_int(s->db, "SELECT count(*) FROM sqlite_schema", 0, -1);
        if (id < 0 || tables < 0) {
                err_set(err, ERR_HISTORY, "'%s' is not a readable history", s->path);
                return err_hint(err, "The file was left as it is; move it aside to start a new history.");
        }
        if (tables && id != APPLICATION_ID) {
                err_set(err, ERR_HISTORY, "'%s' is a database of another program", s->path);
                return err_hint(err, "Nothing was written; choose another folder with --state.");
        }
        if (version > HISTORY_SCHEMA) {
                err_set(err, ERR_HISTORY, "'%s' has schema %lld, newer than this program's %d", s->path, (long long)version,
                        HISTORY_SCHEMA);
                return err_hint(err, "Nothing was written; use the newer perfadvise.");
        }
        *ret_version = version;
        return 0;
}

static int check_schema(struct store *s, int64_t version, struct err *err)
{
        if (version == HISTORY_SCHEMA)
                return 0;
        if (!s->writable)
                return err_set(err, ERR_HISTORY, "'%s' has the older schema %lld; a command that writes will upgrade it", s->path,
                               (long long)version);
        if (version > 0) {
                int r = backup_before_migration(s, version, err);
                if (r < 0)
                        return r;
        }
        return migrate_from(s, version, err);
}

/* A new history is 0600 under any umask; one of somebody else is refused. */
static int make_private(const char *path, struct err *err)
{
        struct stat st;
        if (stat(path, &st) == 0) {
                if (st.st_uid != geteuid() && geteuid() != 0)
                        return err_set(err, ERR_REFUSED, "'%s' belongs to another user", path);
                if (st.st_mode & 022)
                        return err_set(err, ERR_REFUSED, "'%s' can be written by others", path);
                return 0;
        }
        CLEANUP(close) int fd = sys.openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd < 0 || sys.fchmod(fd, 0600) < 0)
                return err_errno(err, ERR_IO, "cannot create the history '%s'", path);
        return 0;
}

int store_open(const char *path, enum store_flags flags, struct store **ret_store, struct err *err)
{
        CLEANUP(store_close) struct store *s = calloc(1, sizeof *s);
        if (!s)
                return err_set(err, ERR_IO, "out of memory");
        s->arena = arena_new();
        s->path = arena_strdup(s->arena, path ? path : ":memory:");
        s->writable = flags & (STORE_WRITE | STORE_MEMORY);
        bool memory = flags & STORE_MEMORY;
        int r = 0;
        if (!memory && s->writable && (r = make_private(path, err)) < 0)
                return r;
        if (!memory && !s->writable && !fs_exists(path)) {
                err_set(err, ERR_USAGE, "no history at '%s'", path);
                return err_hint(err, "Run `perfadvise capture` first, or name the folder with --state.");
        }
        if (memory) {
                if ((r = db_open_image(store_schema_image, (size_t)(store_schema_image_end - store_schema_image), &s->db, err)) < 0)
                        return r;
                *ret_store = take(s);
                return 0;
        }
        r = db_open(path, s->writable ? DB_CREATE : DB_READ_ONLY, &s->db, err);
        if (r < 0)
                return r;
        int64_t version;
        if ((r = check_ours(s, &version, err)) < 0)
                return r;
        if (s->writable && (r = db_exec(s->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;", err)) < 0)
                return r;
        /* asked again: somebody else may have migrated it meanwhile */
        r = check_schema(s, db_int(s->db, "PRAGMA user_version", 0, version), err);
        if (r < 0)
                return r;
        if (flags & STORE_BARE) {
                *ret_store = take(s);
                return 0;
        }
        r = db_exec(s->db, "CREATE TEMP TABLE fact_window (run_id INTEGER PRIMARY KEY, kind TEXT, from_us INTEGER, to_us INTEGER);", err);
        if (r < 0 || (r = db_exec(s->db, store_facts_sql, err)) < 0)
                return r;
        *ret_store = take(s);
        return 0;
}

struct store *store_close(struct store *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->shape_count; i++)
                stmt_free(s->shapes[i].insert);
        db_close(s->db);
        arena_free(s->arena);
        for (size_t i = 0; i < SETTLED; i++)
                free(s->settled[i]);
        free(s);
        return NULL;
}

struct db *store_db(struct store *s)
{
        return s->db;
}

int store_run_begin(struct store *s, const char *kind, const char *label, int64_t parent, int64_t *ret_run, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db, "INSERT INTO run (uuid, kind, label, started_us, tool, parent_run) VALUES (?,?,?,?,?,nullif(?,0))", &st, err);
        if (r < 0)
                return r;
        char uuid[37];
        sys_uuid7(uuid);
        stmt_bind_text(st, 1, uuid);
        stmt_bind_text(st, 2, kind);
        stmt_bind_text(st, 3, label);
        stmt_bind_int(st, 4, sys.realtime_us());
        stmt_bind_text(st, 5, "perfadvise " PERFADVISE_VERSION);
        stmt_bind_int(st, 6, parent);
        if ((r = stmt_step(st, err)) < 0)
                return r;
        *ret_run = db_last_rowid(s->db);
        return 0;
}

int store_run_end(struct store *s, int64_t run, const char *outcome, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db, "UPDATE run SET ended_us=?, outcome=? WHERE run_id=?", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, sys.realtime_us());
        stmt_bind_text(st, 2, outcome);
        stmt_bind_int(st, 3, run);
        if ((r = stmt_step(st, err)) < 0 || !db_int(s->db, "SELECT kind = 'capture' FROM run WHERE run_id = ?", run, 0))
                return r;
        return store_drop_traces(s, err);
}

int store_target(struct store *s, const char *name, const char *kind, int64_t *ret_target, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db,
                             "INSERT INTO target (name, kind) VALUES (?,?) ON CONFLICT (name, kind) DO UPDATE SET kind=excluded.kind "
                             "RETURNING target_id",
                             &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, name);
        stmt_bind_text(st, 2, kind);
        if ((r = stmt_step(st, err)) < 0)
                return r;
        *ret_target = stmt_int(st, 0);
        return stmt_step(st, err); /* finish the INSERT */
}

/* `columns` is ,"a","b" */
static bool has_columns(const char *columns, const struct cell *cells, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                size_t len = strlen(cells[i].name);
                if (strncmp(columns, ",\"", 2) || strncmp(columns + 2, cells[i].name, len) || columns[2 + len] != '"')
                        return false;
                columns += len + 3;
        }
        return !*columns;
}

static int shape_for(struct store *s, const char *table, const struct cell *cells, size_t n, struct shape **ret, struct err *err)
{
        /* Records of one kind come in rows: the last shape first. */
        for (size_t i = 0; i < s->shape_count; i++) {
                struct shape *known = &s->shapes[(s->last_shape + i) % s->shape_count];
                if (!strcmp(known->table, table) && has_columns(known->columns, cells, n)) {
                        s->last_shape = (size_t)(known - s->shapes);
                        *ret = known;
                        return 0;
                }
        }
        CLEANUP(str_release) struct str columns = {0};
        for (size_t i = 0; i < n; i++)
                str_printf(&columns, ",\"%s\"", cells[i].name);
        if (s->shape_count == SHAPES_MAX)
                return err_set(err, ERR_RANGE, "more than %d shapes of records", SHAPES_MAX);
        CLEANUP(str_release) struct str sql = {0};
        str_printf(&sql, "INSERT OR REPLACE INTO \"%s\" (%s%s) VALUES (?1", table,
                   !strcmp(table, "pg_statement_text") ? "target_id" : "run_id,target_id,at_us", str_text(&columns));
        size_t fixed = !strcmp(table, "pg_statement_text") ? 1 : 3;
        for (size_t i = 1; i < n + fixed; i++)
                str_printf(&sql, ",?%zu", i + 1);
        str_add_char(&sql, ')');
        struct shape *shape = &s->shapes[s->shape_count];
        int r = stmt_prepare(s->db, str_text(&sql), &shape->insert, err);
        if (r < 0)
                return r;
        shape->table = arena_strdup(s->arena, table);
        shape->columns = arena_strdup(s->arena, str_text(&columns));
        s->shape_count++;
        *ret = shape;
        return 0;
}

static void bind_cell(struct stmt *st, int i, const struct cell *c)
{
        switch (c->type) {
        case CELL_INT:
                stmt_bind_int(st, i, c->i);
                break;
        case CELL_REAL:
                stmt_bind_real(st, i, c->r);
                break;
        case CELL_TEXT:
                stmt_bind_borrowed(st, i, c->t);
                break;
        case CELL_NULL:
                stmt_bind_null(st, i);
                break;
        }
}

static void sink_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        struct store_sink *k = arg;
        struct shape *shape;
        if (k->failed)
                return;
        k->failed = shape_for(k->store, table, cells, n, &shape, &k->err);
        if (k->failed)
                return;
        int i = 1;
        if (!strcmp(table, "pg_statement_text")) {
                stmt_bind_int(shape->insert, i++, k->target);
        } else {
                stmt_bind_int(shape->insert, i++, k->run);
                stmt_bind_int(shape->insert, i++, k->target);
                stmt_bind_int(shape->insert, i++, at_us ? at_us : k->open ? k->store->sample_us : sys.realtime_us());
        }
        for (size_t c = 0; c < n; c++)
                bind_cell(shape->insert, i++, &cells[c]);
        k->failed = stmt_step(shape->insert, &k->err);
}

static void sink_begin_sample(void *arg)
{
        struct store_sink *k = arg;
        k->failed = 0;
        k->store->sample_us = sys.realtime_us();
        k->open = db_exec(k->store->db, "SAVEPOINT sample", &k->err) == 0;
        if (!k->open)
                k->failed = -(int)k->err.code;
}

static int sink_end_sample(void *arg, bool ok, struct err *err)
{
        struct store_sink *k = arg;
        int failed = k->failed;
        if (k->open) {
                if (!ok || failed)
                        db_exec(k->store->db, "ROLLBACK TO sample", NULL);
                struct err release = {0};
                int r = db_exec(k->store->db, "RELEASE sample", &release);
                if (r < 0 && !failed) {
                        failed = r;
                        k->err = release;
                        db_exec(k->store->db, "ROLLBACK", NULL);
                }
        }
        k->open = false;
        k->failed = 0;
        if (failed && err)
                *err = k->err;
        return failed;
}

static void sink_status(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy)
{
        static const char *const names[] = {"ok", "empty", "denied", "unknown"};
        const struct cell cells[] = {TEXT("fact", fact), TEXT("status", names[status]), TEXT("reason", reason), TEXT("remedy", remedy)};
        sink_record(arg, 0, "fact_state", cells, 4);
}

static void sink_identity(void *arg, const char *identity)
{
        struct store_sink *k = arg;
        CLEANUP(stmt_free) struct stmt *st = NULL;
        if (k->failed || (k->failed = stmt_prepare(k->store->db, "UPDATE target SET identity=? WHERE target_id=?", &st, &k->err)) < 0)
                return;
        stmt_bind_text(st, 1, identity);
        stmt_bind_int(st, 2, k->target);
        k->failed = stmt_step(st, &k->err);
}

static void sink_reset_mark(void *arg, int64_t at_us, const char *counter, const char *why)
{
        const struct cell cells[] = {TEXT("counter", counter), TEXT("why", why)};
        sink_record(arg, at_us, "reset_mark", cells, 2);
}

struct sink *store_sink(struct store *s, int64_t run, int64_t target)
{
        struct store_sink *k = arena_new_of(s->arena, struct store_sink);
        *k = (struct store_sink){.store = s, .run = run, .target = target};
        k->sink = (struct sink){.arg = k,
                                .record = sink_record,
                                .begin = sink_begin_sample,
                                .end = sink_end_sample,
                                .status = sink_status,
                                .identity = sink_identity,
                                .reset_mark = sink_reset_mark};
        return &k->sink;
}

int store_run_probe(struct store *s, int64_t run, int64_t target, const char *probe, const char *outcome, const char *detail,
                    int64_t wall_us, int64_t cpu_us, int64_t steps, int64_t records, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db, "INSERT INTO run_probe VALUES (?,nullif(?,0),?,?,?,?,?,?,?)", &st, err);
        if (r < 0)
                return r;
        stmt_bind_int(st, 1, run);
        stmt_bind_int(st, 2, target);
        stmt_bind_text(st, 3, probe);
        stmt_bind_text(st, 4, outcome);
        stmt_bind_text(st, 5, detail);
        const int64_t numbers[] = {wall_us, cpu_us, steps, records};
        for (int i = 0; i < 4; i++)
                stmt_bind_int(st, 6 + i, numbers[i]);
        return stmt_step(st, err);
}

/* ── Views that are computed once ────────────────────────────────────────────────────────────────────────────────── */

/* The text of a temporary view, as it has to be said to make it again; NULL when it is no view. */
static char *view_sql(struct store *s, const char *name)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        CLEANUP(str_release) struct str sql = {0};
        static const char lead[] = "CREATE VIEW ";
        if (stmt_prepare(s->db, "SELECT sql FROM sqlite_temp_schema WHERE type = 'view' AND name = ?", &st, NULL) < 0)
                return NULL;
        stmt_bind_text(st, 1, name);
        if (stmt_step(st, NULL) != 1 || strncmp(stmt_text(st, 0), lead, sizeof lead - 1) != 0)
                return NULL;
        str_printf(&sql, "CREATE TEMP VIEW %s", stmt_text(st, 0) + sizeof lead - 1);
        return str_take(&sql);
}

static int settle(struct store *s, size_t i, struct err *err)
{
        const char *v = settled_views[i];
        char sql[400];
        if (s->settled[i] || !(s->settled[i] = view_sql(s, v)))
                return 0;
        snprintf(sql, sizeof sql,
                 "CREATE TEMP TABLE settling AS SELECT * FROM %s; DROP VIEW %s; CREATE TEMP TABLE %s AS SELECT * FROM settling; DROP TABLE settling;"
                 "CREATE INDEX temp.%s_key ON %s (target, queryid)",
                 v, v, v, v, v);
        return db_exec(s->db, sql, err);
}

/* What a dozen rules read, each at each of its levels, becomes tables until the window changes. */
static int settle_statements(struct store *s, struct err *err)
{
        int r = 0;
        for (size_t i = 0; r == 0 && i < SETTLED; i++)
                r = settle(s, i, err);
        return r;
}

static int unsettle_statements(struct store *s, struct err *err)
{
        int r = 0;
        for (size_t i = 0; r == 0 && i < SETTLED; i++) {
                char sql[80];
                if (!s->settled[i])
                        continue;
                snprintf(sql, sizeof sql, "DROP TABLE temp.%s", settled_views[i]);
                if ((r = db_exec(s->db, sql, err)) == 0)
                        r = db_exec(s->db, s->settled[i], err);
                free(s->settled[i]);
                s->settled[i] = NULL;
        }
        return r;
}

int store_window(struct store *s, const int64_t *runs, size_t n, struct err *err)
{
        int r = unsettle_statements(s, err);
        if (r == 0)
                r = db_exec(s->db, "DELETE FROM fact_window", err);
        if (r < 0)
                return r;
        if (!n)
                return db_exec(s->db,
                               "INSERT OR IGNORE INTO fact_window SELECT run_id, kind, started_us, ended_us FROM run "
                               "WHERE kind='capture' AND ended_us IS NOT NULL AND outcome<>'failed' ORDER BY run_id DESC LIMIT 1;"
                               "INSERT OR IGNORE INTO fact_window SELECT run_id, kind, started_us, ended_us FROM run "
                               "WHERE run_id=(SELECT max(run_id) FROM code_file);",
                               err);
        CLEANUP(stmt_free) struct stmt *st = NULL;
        r = stmt_prepare(s->db, "INSERT OR IGNORE INTO fact_window SELECT run_id, kind, started_us, ended_us FROM run WHERE run_id=?", &st, err);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                stmt_bind_int(st, 1, runs[i]);
                r = stmt_step(st, err);
        }
        return r;
}

/* Each is computed once, and the tables take the place of the views: also for other views, so those that others read come first. */
int store_settle(struct store *s, struct err *err)
{
        static const char *const views[] = {"code_run", "code_undone", "fact_code_other_database", "fact_table", "fact_code_statement", "fact_code_table",
                                            "fact_code_column", "fact_code_index", "fact_code_ddl", "fact_code_lead", "fact_code_filter", "fact_migration_step"};
        if (strcmp(s->path, ":memory:"))
                return settle_statements(s, err);
        if (!db_int(s->db, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type='view' AND name='code_run')", 0, 0))
                return 0;
        for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
                char sql[400];
                snprintf(sql, sizeof sql,
                         "CREATE TEMP TABLE settled_%s AS SELECT * FROM %s; DROP VIEW %s; CREATE TABLE %s AS SELECT * FROM settled_%s; DROP TABLE settled_%s",
                         views[i], views[i], views[i], views[i], views[i], views[i]);
                int r = db_exec(s->db, sql, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

int store_find_run(struct store *s, const char *name, int64_t *ret_run, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db,
                             "SELECT run_id FROM run WHERE (?1='latest' AND kind='capture' AND ended_us IS NOT NULL) OR label=?1 "
                             "OR uuid LIKE ?1||'%' OR CAST(run_id AS TEXT)=?1 ORDER BY run_id DESC LIMIT 1",
                             &st, err);
        if (r < 0)
                return r;
        stmt_bind_text(st, 1, name);
        r = stmt_step(st, err);
        if (r < 0)
                return r;
        if (!r) {
                err_set(err, ERR_USAGE, "no run '%s' in the history", name);
                return err_hint(err, "`perfadvise history` lists the runs.");
        }
        *ret_run = stmt_int(st, 0);
        return 0;
}

int store_check(struct store *s, struct err *err)
{
        CLEANUP(stmt_free) struct stmt *st = NULL;
        int r = stmt_prepare(s->db, "PRAGMA integrity_check(1)", &st, err);
        if (r < 0 || (r = stmt_step(st, err)) < 0)
                return r;
        const char *says = stmt_text(st, 0);
        if (says && !strcmp(says, "ok"))
                return 0;
        err_set(err, ERR_HISTORY, "'%s' is damaged: %.200s", s->path, says ? says : "unreadable");
        return err_hint(err, "The file was left as it is; keep a copy, and move it aside to start a new history.");
}
