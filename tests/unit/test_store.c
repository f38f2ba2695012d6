#include "base/fs.h"
#include "store/store.h"
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DEFINE_CLEANUP(struct arena *, arena_free)

static struct store *memory_store(void)
{
        struct store *s = NULL;
        struct err err = {0};
        ck_assert_msg(store_open(NULL, STORE_MEMORY, &s, &err) == 0, "%s", err.msg);
        return s;
}

START_TEST(sink_end__not_ok_leaves_no_trace)
{
        CLEANUP(store_close) struct store *s = memory_store();
        int64_t run, target;
        struct err err = {0};
        ck_assert_int_eq(store_run_begin(s, "capture", "a", 0, &run, &err), 0);
        ck_assert_int_eq(store_target(s, "cache", "redis", &target, &err), 0);
        struct sink *k = store_sink(s, run, target);
        sink_begin(k);
        EMIT(k, "redis_keyspace", INT("db", 0), INT("keys", 5));
        ck_assert_int_eq(sink_end(k, false, &err), 0);
        ck_assert_int_eq(db_int(store_db(s), "SELECT count(*) FROM redis_keyspace", 0, -1), 0);
        sink_begin(k);
        EMIT(k, "redis_keyspace", INT("db", 0), INT("keys", 5));
        ck_assert_int_eq(sink_end(k, true, &err), 0);
        ck_assert_int_eq(db_int(store_db(s), "SELECT keys FROM redis_keyspace WHERE run_id=?", run, -1), 5);
}
END_TEST

START_TEST(sink_record__unknown_column_fails_the_sample)
{
        CLEANUP(store_close) struct store *s = memory_store();
        int64_t run, target;
        struct err err = {0};
        store_run_begin(s, "capture", NULL, 0, &run, &err);
        store_target(s, "cache", "redis", &target, &err);
        struct sink *k = store_sink(s, run, target);
        sink_begin(k);
        EMIT(k, "redis_keyspace", INT("db", 0), INT("no_such_column", 5));
        ck_assert_int_lt(sink_end(k, true, &err), 0);
        ck_assert_int_eq(db_int(store_db(s), "SELECT count(*) FROM redis_keyspace", 0, -1), 0);
}
END_TEST

START_TEST(store_open__newer_schema_is_refused_and_untouched)
{
        char path[] = "/tmp/pa-test-XXXXXX";
        close(mkstemp(path));
        unlink(path);
        CLEANUP(store_close) struct store *s = NULL;
        struct err err = {0};
        ck_assert_int_eq(store_open(path, STORE_WRITE, &s, &err), 0);
        ck_assert_int_eq(db_exec(store_db(s), "PRAGMA user_version=99", &err), 0);
        s = store_close(s);
        ck_assert_int_eq(store_open(path, STORE_WRITE, &s, &err), -ERR_HISTORY);
        ck_assert_ptr_nonnull(strstr(err.msg, "newer"));
        unlink(path);
}
END_TEST

START_TEST(store_open__not_a_history)
{
        char path[] = "/tmp/pa-test-XXXXXX";
        int fd = mkstemp(path);
        ck_assert_int_eq(write(fd, "this is no database, but long enough to look at", 47), 47);
        close(fd);
        struct store *s = NULL;
        struct err err = {0};
        ck_assert_int_eq(store_open(path, STORE_WRITE, &s, &err), -ERR_HISTORY);
        struct arena *a = arena_new();
        char *bytes;
        size_t len;
        ck_assert_int_eq(fs_read(a, path, 100, &bytes, &len, &err), 0);
        ck_assert_uint_eq(len, 47);
        arena_free(a);
        unlink(path);
}
END_TEST

START_TEST(store_open__leaves_the_database_of_another_program)
{
        char path[] = "/tmp/pa-test-XXXXXX";
        close(mkstemp(path));
        struct arena *a = arena_new();
        struct db *db = NULL;
        struct store *s = NULL;
        struct err err = {0};
        char *before, *after;
        size_t len, len_after;
        ck_assert_int_eq(db_open(path, DB_CREATE, &db, &err), 0);
        ck_assert_int_eq(db_exec(db, "PRAGMA journal_mode = DELETE; CREATE TABLE theirs (x)", &err), 0);
        db_close(db);
        ck_assert_int_eq(fs_read(a, path, 1 << 20, &before, &len, &err), 0);
        ck_assert_int_eq(store_open(path, STORE_WRITE, &s, &err), -ERR_HISTORY);
        ck_assert_int_eq(fs_read(a, path, 1 << 20, &after, &len_after, &err), 0);
        ck_assert(len == len_after && !memcmp(before, after, len));
        arena_free(a);
        unlink(path);
}
END_TEST

START_TEST(db_fence__only_selects)
{
        CLEANUP(store_close) struct store *s = memory_store();
        struct db *db = store_db(s);
        struct err err = {0};
        db_fence(db, 100000, &err);
        static const char *const denied[] = {"DELETE FROM run", "ATTACH 'x' AS y", "PRAGMA user_version", "SELECT load_extension('x')",
                                             "CREATE TABLE t (x)"};
        for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
                struct stmt *st = NULL;
                ck_assert_int_lt(stmt_prepare(db, denied[i], &st, &err), 0);
        }
        CLEANUP(stmt_free) struct stmt *st = NULL;
        ck_assert_int_eq(stmt_prepare(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n", &st, &err), 0);
        ck_assert_int_eq(stmt_step(st, &err), -ERR_CONFIG);
}
END_TEST

static void exec(struct store *s, const char *sql)
{
        struct err err = {0};
        ck_assert_msg(db_exec(store_db(s), sql, &err) == 0, "%s", err.msg);
}

static int64_t count(struct store *s, const char *sql)
{
        return db_int(store_db(s), sql, 0, -1);
}

/* Runs 1..9, a day apart, the last one now. Times in the SQL are days ago. */
static void add_runs(struct store *s)
{
        exec(s, "INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome, parent_run)"
                " SELECT id, id, kind, (unixepoch() - (9 - id) * 86400) * 1000000, (unixepoch() - (9 - id) * 86400) * 1000000, 't', 'ok', parent FROM ("
                " SELECT 1 AS id, 'capture' AS kind, NULL AS parent UNION ALL SELECT 2, 'analysis', 1 UNION ALL SELECT 3, 'capture', NULL"
                " UNION ALL SELECT 4, 'audit', NULL UNION ALL SELECT 5, 'audit', 4 UNION ALL SELECT 6, 'audit', 5 UNION ALL SELECT 7, 'audit', 6"
                " UNION ALL SELECT 8, 'capture', NULL UNION ALL SELECT 9, 'capture', NULL);"
                "INSERT INTO finding (run_id, key, rule, severity, subject, message) SELECT run_id, 'k', 'r', 'info', 's', 'm' FROM run;");
}

START_TEST(store_retain__keeps_what_is_referred_to)
{
        CLEANUP(store_close) struct store *s = memory_store();
        struct err err = {0};
        int64_t deleted = -1;
        exec(s, "PRAGMA foreign_keys = ON");
        add_runs(s);
        exec(s, "INSERT INTO change_set (name, run_id, path, state) VALUES ('c', 2, '/c', 'rolled back'), ('d', NULL, '/d', 'open')");
        ck_assert_msg(store_retain(s, INT64_C(3) * 86400 * 1000000 + 3600000000, &deleted, &err) == 0, "%s", err.msg);
        /* 1 and 2 are of a change-set, 5 is what the newer audit 6 was compared with; 3 and 4 go */
        ck_assert_int_eq(deleted, 2);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM run WHERE run_id IN (1, 2, 5, 6, 7, 8, 9)"), 7);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM finding"), 7);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM run WHERE run_id = 5 AND parent_run IS NULL"), 1);
        ck_assert_int_eq(store_retain(s, 0, &deleted, &err), 0);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM run WHERE run_id IN (1, 2, 7, 9)"), 4);
}
END_TEST

START_TEST(store_retain__refuses_an_implausible_clock)
{
        CLEANUP(store_close) struct store *s = memory_store();
        struct err err = {0};
        int64_t deleted = -1;
        ck_assert_int_eq(store_retain(s, 0, &deleted, &err), 0);
        ck_assert_int_eq(deleted, 0);
        add_runs(s);
        static const char *const shifts[] = {"UPDATE run SET started_us = started_us + 86400000000 * 30", "UPDATE run SET started_us = started_us - 86400000000 * 430"};
        for (size_t i = 0; i < 2; i++) {
                exec(s, shifts[i]);
                ck_assert_int_eq(store_retain(s, 0, &deleted, &err), -ERR_REFUSED);
                ck_assert_int_eq(count(s, "SELECT count(*) FROM run"), 9);
        }
}
END_TEST

START_TEST(store_run_end__old_traces_go)
{
        CLEANUP(store_close) struct store *s = memory_store();
        struct err err = {0};
        int64_t run;
        exec(s, "INSERT INTO target (target_id, name, kind) VALUES (1, 'app', 'events')");
        exec(s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8)"
                " INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome, parent_run)"
                " SELECT i, i, CASE i WHEN 2 THEN 'analysis' WHEN 8 THEN 'import' ELSE 'capture' END, i, i, 't', 'ok', CASE i WHEN 2 THEN 1 END FROM n");
        exec(s, "INSERT INTO cache_access (run_id, target_id, at_us, tier, key_hash, hit) SELECT run_id, 1, 1, 'redis', 'h', 1 FROM run WHERE run_id <> 2");
        exec(s, "INSERT INTO change_set (name, run_id, path, state) VALUES ('a', 2, '/a', 'applied'), ('b', 3, '/b', 'superseded'), ('c', NULL, '/c', 'open')");
        store_run_begin(s, "analysis", NULL, 0, &run, &err);
        ck_assert_int_eq(store_run_end(s, run, "ok", &err), 0);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM cache_access"), 7);
        /* a capture without a trace does not push out one that has */
        store_run_begin(s, "capture", NULL, 0, &run, &err);
        ck_assert_msg(store_run_end(s, run, "ok", &err) == 0, "%s", err.msg);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM cache_access WHERE run_id IN (1, 5, 6, 7, 8)"), 5);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM cache_access"), 5);
        ck_assert_int_eq(count(s, "SELECT count(*) FROM run"), 10);
}
END_TEST

static void add_capture(struct store *s, const char *queryid)
{
        int64_t run, target;
        struct err err = {0};
        ck_assert_int_eq(store_run_begin(s, "capture", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(s, "db", "postgres", &target, &err), 0);
        struct sink *k = store_sink(s, run, target);
        sink_begin(k);
        EMIT(k, "pg_server", INT("version_num", 150000), TEXT("database", "d"));
        EMIT(k, "pg_statement", TEXT("edge", "end"), TEXT("queryid", queryid), INT("calls", 5), REAL("total_ms", 10));
        ck_assert_int_eq(sink_end(k, true, &err), 0);
        ck_assert_int_eq(store_run_end(s, run, "ok", &err), 0);
}

/* The statements are a table until another window is looked at. */
START_TEST(store_settle__until_the_window_changes)
{
        char dir[] = "/tmp/pastXXXXXX";
        CLEANUP(store_close) struct store *s = NULL;
        CLEANUP(arena_free) struct arena *a = arena_new();
        struct err err = {0};
        ck_assert_ptr_nonnull(mkdtemp(dir));
        const char *path = arena_printf(a, "%s/history.db", dir);
        ck_assert_msg(store_open(path, STORE_WRITE, &s, &err) == 0, "%s", err.msg);
        add_capture(s, "11");
        add_capture(s, "22");
        for (int64_t run = 1; run <= 2; run++) {
                ck_assert_int_eq(store_window(s, &run, 1, &err), 0);
                ck_assert_msg(store_settle(s, &err) == 0, "%s", err.msg);
                ck_assert_int_eq(store_settle(s, &err), 0);
                ck_assert_int_eq(db_int(store_db(s), "SELECT CAST(queryid AS INTEGER) FROM fact_statement", 0, -1), run * 11);
                ck_assert_int_eq(db_int(store_db(s), "SELECT count(*) FROM fact_plan_node JOIN fact_statement USING (target, queryid)", 0, -1), 0);
        }
        s = store_close(s);
        unlink(path);
        rmdir(dir);
}
END_TEST

UNIT_MAIN(store_settle__until_the_window_changes, sink_end__not_ok_leaves_no_trace, sink_record__unknown_column_fails_the_sample,
          store_open__newer_schema_is_refused_and_untouched, store_open__not_a_history, store_open__leaves_the_database_of_another_program,
          db_fence__only_selects, store_retain__keeps_what_is_referred_to,
          store_retain__refuses_an_implausible_clock, store_run_end__old_traces_go)
