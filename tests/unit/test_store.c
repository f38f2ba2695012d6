#include "base/fs.h"
#include "store/store.h"
#include "tests/lib/unit.h"

#include <string.h>
#include <unistd.h>

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

UNIT_MAIN(sink_end__not_ok_leaves_no_trace, sink_record__unknown_column_fails_the_sample,
          store_open__newer_schema_is_refused_and_untouched, store_open__not_a_history, db_fence__only_selects)
