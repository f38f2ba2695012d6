#include "lib/plannable.h"
#include "tests/lib/unit.h"

#include <string.h>

static void check_repair(const char *sql, const char *want)
{
        struct arena *a = arena_new();
        ck_assert_str_eq(plannable_repair(a, sql), want);
        arena_free(a);
}

START_TEST(repair__typed_literals_become_casts)
{
        check_repair("SELECT * FROM t WHERE d > date $1", "SELECT * FROM t WHERE d > CAST($1 AS date)");
        check_repair("SELECT now() - interval $2", "SELECT now() - CAST($1 AS interval)");
        check_repair("SELECT x + interval $1 day FROM t", "SELECT x + CAST($1 AS interval day) FROM t");
        check_repair("SELECT timestamp with time zone $1", "SELECT CAST($1 AS timestamp with time zone)");
        check_repair("SELECT double precision $1", "SELECT CAST($1 AS double precision)");
}
END_TEST

START_TEST(repair__leaves_what_is_fine)
{
        check_repair("SELECT a FROM t WHERE date = $1 AND b > $2 LIMIT $3", "SELECT a FROM t WHERE date = $1 AND b > $2 LIMIT $3");
        check_repair("SELECT 'date $1', \"interval\" FROM t -- date $2\n WHERE a = $1", "SELECT 'date $1', \"interval\" FROM t -- date $2\n WHERE a = $1");
        check_repair("SELECT $1::interval, $tag$ date $9 $tag$", "SELECT $1::interval, $tag$ date $9 $tag$");
}
END_TEST

START_TEST(repair__extract_gets_a_field_and_numbers_close_up)
{
        check_repair("SELECT extract($1 from d), $2 FROM t WHERE a = $3", "SELECT extract('day' from d), $1 FROM t WHERE a = $2");
}
END_TEST

static void check_again(const char *text, const char *state, const char *mark, const char *message, const char *want)
{
        struct arena *a = arena_new();
        const char *where = mark ? strstr(text, mark) : NULL;
        char *got = plannable_again(a, text, state, where ? (int)(where - text) + 1 : 0, message);
        ck_assert_str_eq(got ? got : "(nothing)", want);
        arena_free(a);
}

START_TEST(again__unknown_operators)
{
        check_again("SELECT a FROM t WHERE b > $1 + $2", "42725", "+", NULL, "SELECT a FROM t WHERE b > $1::int + $2::int");
        check_again("SELECT a FROM t WHERE b > $1 - CAST($2 AS interval)", "42725", "-", NULL,
                    "SELECT a FROM t WHERE b > $1::timestamptz - CAST($2 AS interval)");
        check_again("SELECT round($1, $2)", "42725", "round", NULL, "SELECT round($1::numeric, $2::numeric)");
        check_again("SELECT substring(a from $1 for $2) FROM t", "42725", "substring", NULL, "SELECT substring(a from $1::int for $2::int) FROM t");
}
END_TEST

START_TEST(again__untyped_parameter_is_text)
{
        check_again("SELECT $1, $2 FROM t", "42P18", NULL, "could not determine data type of parameter $2", "SELECT $1, $2::text FROM t");
}
END_TEST

START_TEST(again__arrays_take_the_type_of_the_column)
{
        check_again("SELECT a FROM t WHERE b = ANY (ARRAY[$1, $2, $3]) AND c = $4", "42883", NULL, NULL, "SELECT a FROM t WHERE b = ANY ($1) AND c = $2");
}
END_TEST

START_TEST(again__group_by_takes_the_parameters_of_the_select_list)
{
        check_again("SELECT date_trunc($1, d), count(*) FROM t WHERE a = $2 GROUP BY date_trunc($3, d) ORDER BY date_trunc($4, d)", "42803", NULL, NULL,
                    "SELECT date_trunc($1, d), count(*) FROM t WHERE a = $2 GROUP BY date_trunc($1, d) ORDER BY date_trunc($1, d)");
}
END_TEST

START_TEST(again__branches_and_days_are_numbers)
{
        check_again("SELECT sum(CASE WHEN a = $1 THEN $2 ELSE $3 END) FROM t", "42883", "sum", NULL,
                    "SELECT sum(CASE WHEN a = $1 THEN $2::int ELSE $3::int END) FROM t");
        check_again("SELECT a FROM t WHERE d > $1::date - $2", "42883", ">", NULL, "SELECT a FROM t WHERE d > $1::date - $2::int");
}
END_TEST

START_TEST(again__types_that_the_message_names)
{
        check_again("SELECT CASE WHEN a > $1 THEN $2 ELSE $3 END + $4 FROM t", "42883", "+", "operator does not exist: text + unknown",
                    "SELECT CASE WHEN a > $1 THEN $2::int ELSE $3::int END + $4::int FROM t");
        check_again("WITH RECURSIVE r AS (SELECT id, $1 AS depth FROM c UNION ALL SELECT c.id, r.depth + $2 FROM c, r) SELECT 1 FROM r", "42883", "+",
                    "operator does not exist: text + unknown",
                    "WITH RECURSIVE r AS (SELECT id, $1::int AS depth FROM c UNION ALL SELECT c.id, r.depth + $2::int FROM c, r) SELECT 1 FROM r");
        check_again("SELECT 1 FROM (VALUES ($1, $2), ($3, $4)) v(k, n), e WHERE e.u > v.n", "42883", ">", "operator does not exist: integer > text",
                    "SELECT 1 FROM (VALUES ($1, $2::integer), ($3, $4::integer)) v(k, n), e WHERE e.u > v.n");
        check_again("UPDATE s SET d = CASE WHEN a > $1 THEN $2 ELSE $3 END", "42804", "CASE",
                    "column \"d\" is of type numeric but expression is of type text",
                    "UPDATE s SET d = CASE WHEN a > $1 THEN $2::numeric ELSE $3::numeric END");
        check_again("SELECT $1, x FROM t UNION ALL SELECT n, x FROM u", "42804", "n, x FROM u", "UNION types text and integer cannot be matched",
                    "SELECT $1::integer, x FROM t UNION ALL SELECT n, x FROM u");
        check_again("SELECT 1 FROM t WHERE at > $1::int + $2::int", "42883", ">", "operator does not exist: date > integer",
                    "SELECT 1 FROM t WHERE at > $1::date + $2::int");
}
END_TEST

START_TEST(again__a_constant_that_was_kept_stands_for_its_parameter)
{
        check_again("SELECT q / $1 * $2 AS b, $3 FROM s GROUP BY r, q / 10 * 20", "42803", NULL, NULL, "SELECT q / 10 * 20 AS b, $1 FROM s GROUP BY r, q / 10 * 20");
        check_again("SELECT date_trunc($1, d) FROM s GROUP BY date_trunc('month', d) ORDER BY date_trunc($2, d) DESC", "42803", NULL, NULL,
                    "SELECT date_trunc('month', d) FROM s GROUP BY date_trunc('month', d) ORDER BY date_trunc('month', d) DESC");
}
END_TEST

START_TEST(again__gives_up)
{
        check_again("SELECT nothing FROM t", "42703", "nothing", NULL, "(nothing)");
}
END_TEST

START_TEST(fix__only_that_parameter)
{
        struct arena *a = arena_new();
        ck_assert_str_eq(plannable_fix(a, "SELECT $1, $12 LIMIT $1", 1, 20), "SELECT 20, $12 LIMIT 20");
        ck_assert_int_eq(plannable_params(a, "SELECT $1, '$9', $12"), 12);
        ck_assert_str_eq(plannable_literals(a, "SELECT $1, $2, $12, $1", (const char *const[]){"'$2'", NULL}, 2), "SELECT '$2', $2, $12, '$2'");
        ck_assert_int_eq(plannable_params(a, "SELECT /* /* $9 */ $8 */ $1 -- $7\r, $2"), 2);
        arena_free(a);
}
END_TEST

UNIT_MAIN(repair__typed_literals_become_casts, repair__leaves_what_is_fine, repair__extract_gets_a_field_and_numbers_close_up, again__unknown_operators,
          again__untyped_parameter_is_text, again__arrays_take_the_type_of_the_column, again__group_by_takes_the_parameters_of_the_select_list,
          again__branches_and_days_are_numbers, again__types_that_the_message_names,
          again__a_constant_that_was_kept_stands_for_its_parameter, again__gives_up, fix__only_that_parameter)
