#include "lib/sql.h"
#include "tests/lib/unit.h"

#include <string.h>

static const char *fingerprint(struct arena *a, const char *sql)
{
        char *fp = NULL;
        struct err err = {0};
        ck_assert_msg(sql_fingerprint(a, sql, &fp, &err) == 0, "%s: %s", sql, err.msg);
        return fp;
}

START_TEST(sql_convert_placeholders__each_style)
{
        static const char *const cases[][2] = {
                {"SELECT * FROM t WHERE a = %s AND b = %s", "SELECT * FROM t WHERE a = $1 AND b = $2"},
                {"SELECT * FROM t WHERE a = %(x)s OR b = %(y)s OR c = %(x)s", "SELECT * FROM t WHERE a = $1 OR b = $2 OR c = $1"},
                {"SELECT a::text, b FROM t WHERE c = :c AND d = :dd", "SELECT a::text, b FROM t WHERE c = $1 AND d = $2"},
                {"SELECT ? FROM t WHERE a = ?", "SELECT $1 FROM t WHERE a = $2"},
                {"SELECT a FROM t WHERE j ? 'k' AND b = $1", "SELECT a FROM t WHERE j ? 'k' AND b = $1"},
                {"SELECT '%s', \":x\", ':y' -- %s\n, %s", "SELECT '%s', \":x\", ':y' -- %s\n, $1"},
                {"SELECT $$ %s ? $$, a %% 2", "SELECT $$ %s ? $$, a % 2"},
                {"SELECT E'it\\'s %s', %s", "SELECT E'it\\'s %s', $1"},
                {"DELETE FROM t WHERE a IN %s", "DELETE FROM t WHERE a IN ($1)"},
                {"INSERT INTO t (a) VALUES %s", "INSERT INTO t (a) VALUES ($1)"},
                {"SELECT x[1:2], y::int[] FROM t", "SELECT x[1:2], y::int[] FROM t"},
                {"", ""},
        };
        struct arena *a = arena_new();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                ck_assert_str_eq(sql_convert_placeholders(a, cases[i][0]), cases[i][1]);
        arena_free(a);
}
END_TEST

START_TEST(sql_fingerprint__literals_and_lists_do_not_count)
{
        struct arena *a = arena_new();
        ck_assert_str_eq(fingerprint(a, "SELECT a FROM t WHERE b = 5"), fingerprint(a, "select a from t where b = $1 -- x"));
        ck_assert_str_eq(fingerprint(a, "SELECT a FROM t WHERE b IN (1,2)"), fingerprint(a, "SELECT a FROM t WHERE b IN ($1)"));
        ck_assert_str_ne(fingerprint(a, "SELECT a FROM t WHERE b = 5"), fingerprint(a, "SELECT a FROM t WHERE c = 5"));
        arena_free(a);
}
END_TEST

START_TEST(sql_fingerprint__prose_is_a_parse_error)
{
        struct arena *a = arena_new();
        char *fp = NULL;
        struct err err = {0};
        ck_assert_int_eq(sql_fingerprint(a, "Select a profile that you like", &fp, &err), -ERR_PARSE);
        ck_assert_ptr_null(fp);
        arena_free(a);
}
END_TEST

START_TEST(sql_tables__schemas_joins_and_no_with_names)
{
        struct arena *a = arena_new();
        char *json = NULL;
        ck_assert_int_eq(sql_tables(a,
                                    "WITH w AS (SELECT 1 FROM b.u) INSERT INTO t SELECT x FROM w JOIN s ON true WHERE EXISTS "
                                    "(SELECT FROM z)",
                                    &json, NULL),
                         0);
        ck_assert_str_eq(json, "[\"b.u\",\"s\",\"t\",\"z\"]");
        arena_free(a);
}
END_TEST

START_TEST(sql_kind__of_each)
{
        ck_assert_str_eq(sql_kind("SELECT 1"), "select");
        ck_assert_str_eq(sql_kind("WITH a AS (SELECT 1) UPDATE t SET b = 1"), "update");
        ck_assert_str_eq(sql_kind("INSERT INTO t VALUES (1)"), "insert");
        ck_assert_str_eq(sql_kind("DELETE FROM t"), "delete");
        ck_assert_str_eq(sql_kind("VACUUM t"), "utility");
        ck_assert_str_eq(sql_kind("hello there"), "other");
}
END_TEST

START_TEST(sql_normalize__replaces_literals)
{
        struct arena *a = arena_new();
        char *text = NULL;
        ck_assert_int_eq(sql_normalize(a, "SELECT a FROM t WHERE b = 'secret' LIMIT 5", &text, NULL), 0);
        ck_assert_str_eq(text, "SELECT a FROM t WHERE b = $1 LIMIT $2");
        arena_free(a);
}
END_TEST

START_TEST(sql__a_text_past_the_ceiling_is_refused)
{
        struct arena *a = arena_new();
        char *big = arena_alloc(a, SQL_BYTES_MAX + 8), *out = NULL;
        memset(big, ' ', SQL_BYTES_MAX + 4);
        ck_assert_int_eq(sql_fingerprint(a, big, &out, NULL), -ERR_RANGE);
        ck_assert_int_eq(strlen(sql_convert_placeholders(a, big)), SQL_BYTES_MAX + 4);
        arena_free(a);
}
END_TEST

START_TEST(sql_form__one_statement_and_what_it_does)
{
        static const struct {
                const char *sql, *form;
        } cases[] = {
                {"ALTER SYSTEM SET work_mem TO '8MB'", "AlterSystemStmt"},
                {"ALTER ROLE bot SET statement_timeout TO '5s'", "AlterRoleSetStmt"},
                {"ALTER DATABASE shop SET jit TO off", "AlterDatabaseSetStmt"},
                {"ALTER TABLE t SET (fillfactor = 90)", "AlterTableStmt/AT_SetRelOptions"},
                {"ALTER TABLE t ALTER COLUMN c SET STATISTICS 500", "AlterTableStmt/AT_SetStatistics"},
                {"ALTER TABLE t SET (fillfactor = 90), DROP COLUMN c", "AlterTableStmt/mixed"},
                {"ALTER TABLE t DROP COLUMN c", "AlterTableStmt/AT_DropColumn"},
                {"ALTER ROLE bot SUPERUSER", "AlterRoleStmt"},
                {"CREATE STATISTICS s ON a, b FROM t", "CreateStatsStmt"},
        };
        struct arena *a = arena_new();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *form = NULL;
                ck_assert_int_eq(sql_form(a, cases[i].sql, &form, NULL), 0);
                ck_assert_str_eq(form, cases[i].form);
        }
        const char *form = NULL;
        ck_assert_int_lt(sql_form(a, "SELECT 1; DROP TABLE t", &form, NULL), 0);
        ck_assert_int_lt(sql_form(a, "no sql", &form, NULL), 0);
        ck_assert_ptr_null(form);
        arena_free(a);
}
END_TEST

UNIT_MAIN(sql_form__one_statement_and_what_it_does, sql_convert_placeholders__each_style, sql_fingerprint__literals_and_lists_do_not_count,
          sql_fingerprint__prose_is_a_parse_error, sql_tables__schemas_joins_and_no_with_names, sql_kind__of_each,
          sql_normalize__replaces_literals, sql__a_text_past_the_ceiling_is_refused)
