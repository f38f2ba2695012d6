/* Texts of pg_stat_statements: what is kept; plans without constants; quoting and redaction. */
#include "lib/pg.h"
#include "probes/postgres/plan_tree.h"
#include "probes/postgres/text.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct arena *arena;

static void setup(void)
{
        if (!arena)
                arena = arena_new();
}

START_TEST(text_clean__text_that_ends_inside_a_quote)
{
        setup();
        static const char *const open[] = {"select 'abc", "select \"abc", "select $x$ abc", "select /* abc", "select E'a\\", "$", "'", ""};
        for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
                text_without_literals(arena, open[i]);
                text_clean(arena, open[i], false);
        }
}
END_TEST

START_TEST(text_clean__leaves_no_data)
{
        static const char *const texts[] = {
                "ALTER ROLE bob PASSWORD 'hush'", "select * from t where name = 'hush'", "/* user hush */ select 1", "select 1 -- hush",
                "COMMENT ON TABLE t IS E'hu\\'sh hush'", "DO $do$ begin perform 'hush'; end $do$", "SET search_path = 'hush'",
                "select * from t where d > date $1 and name = 'hush'", "COPY t FROM 'hush'",
        };
        setup();
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                ck_assert_msg(!strstr(text_clean(arena, texts[i], false), "hush"), "%s", text_clean(arena, texts[i], false));
        ck_assert_ptr_null(strstr(text_clean(arena, "select * from t where id = 4711", false), "4711"));
        ck_assert_ptr_nonnull(strstr(text_clean(arena, texts[1], true), "hush"));
}
END_TEST

START_TEST(text_normal__takes_small_numbers_too)
{
        setup();
        ck_assert_str_eq(text_normal(arena, "SELECT * FROM t WHERE age = 7 /* 8 */", false), "SELECT * FROM t WHERE age = $1");
        ck_assert_str_eq(text_normal(arena, "SELECT * FROM t WHERE age = 7", true), "SELECT * FROM t WHERE age = 7");
        ck_assert_str_eq(text_normal(arena, "SELECT * FROM t WHERE age = 7 AND", false), "SELECT * FROM t WHERE age = ? AND");
}
END_TEST

START_TEST(text_clean__leaves_normalized_text_as_it_is)
{
        static const char *const texts[] = {"select a, \"B c\" from t where x = $1 order by 1 limit $2", "select $1::numeric(10,2), t1.c2 from t1",
                                            "select a->>$1 from t where b @> $2::jsonb"};
        setup();
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                ck_assert_str_eq(text_clean(arena, texts[i], false), texts[i]);
}
END_TEST

#define PLAN(cost, filter, index)                                                                                      \
        "[{\"Plan\": {\"Node Type\": \"Index Scan\", \"Relation Name\": \"t1\", \"Schema\": \"public\", \"Index Name\": \"" index        \
        "\", \"Total Cost\": " cost ", \"Plan Rows\": 7, \"Output\": [\"a\", \"b\"], \"Filter\": \"" filter                              \
        "\", \"Sort Key\": [\"(x || 'hush'::text)\"]}}]"

static struct plan_tree tree_of(const char *json)
{
        struct plan_tree tree = {0};
        struct err err = {0};
        setup();
        ck_assert_msg(plan_tree_read(arena, json, false, &tree, &err) == 0, "%s", err.msg);
        return tree;
}

START_TEST(plan_tree__constants_and_output_are_left_out)
{
        struct plan_tree tree = tree_of(PLAN("8.5", "((name = 'hush'::text) AND (id > 4711) AND (b = $1))", "i_1"));
        ck_assert_ptr_null(strstr(tree.text, "hush"));
        ck_assert_ptr_null(strstr(tree.text, "4711"));
        ck_assert_ptr_null(strstr(tree.text, "Output"));
        ck_assert_ptr_nonnull(strstr(tree.text, "b = $1"));
        ck_assert_ptr_nonnull(strstr(tree.text, "\"i_1\""));
        ck_assert_ptr_nonnull(strstr(tree.text, "\"t1\""));
        ck_assert_double_eq(tree.total_cost, 8.5);
        ck_assert_double_eq(tree.plan_rows, 7);
}
END_TEST

START_TEST(plan_tree__hash_is_of_the_shape)
{
        struct plan_tree one = tree_of(PLAN("8.5", "(a = $1)", "i_1")), dearer = tree_of(PLAN("99", "(a = $2)", "i_1")),
                         other = tree_of(PLAN("8.5", "(a = $1)", "i_2"));
        ck_assert_str_eq(one.hash, dearer.hash);
        ck_assert_str_ne(one.hash, other.hash);
}
END_TEST

START_TEST(plan_tree__what_is_no_plan)
{
        static const char *const texts[] = {"", "[]", "{}", "[{\"Plan\": 3}]", "[{\"Plan\":", "null"};
        struct plan_tree tree;
        struct err err = {0};
        setup();
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                ck_assert_int_eq(plan_tree_read(arena, texts[i], false, &tree, &err), -ERR_PARSE);
}
END_TEST

START_TEST(pg_quote__names_and_texts)
{
        setup();
        ck_assert_str_eq(pg_quote_ident(arena, "user"), "\"user\"");
        ck_assert_str_eq(pg_quote_ident(arena, "a\"b"), "\"a\"\"b\"");
        ck_assert_str_eq(pg_quote_name(arena, "my schema", "T"), "\"my schema\".\"T\"");
        ck_assert_str_eq(pg_quote_literal(arena, "it's"), "'it''s'");
        ck_assert_str_eq(pg_quote_literal(arena, "a\\'b"), "E'a\\\\''b'");
}
END_TEST

START_TEST(pg_redact__secrets_and_further_lines)
{
        CLEANUP(str_release) struct str out = {0};
        const char *const secrets[] = {"hu", "hush"};
        pg_redact(&out, "could not open hush for hu\nhush", secrets, 2);
        ck_assert_str_eq(str_text(&out), "could not open *** for ***");
}
END_TEST

START_TEST(pg_open__conninfo_that_does_not_parse_tells_no_secret)
{
        static const char *const dsns[] = {"host=x password='hush", "host=x hush hush", "postgresql://u:hush@[::1", "passwort=hush"};
        for (size_t i = 0; i < sizeof dsns / sizeof *dsns; i++) {
                struct pg *pg = NULL;
                struct err err = {0};
                ck_assert_int_lt(pg_open(dsns[i], 0, &pg, &err), 0);
                ck_assert_ptr_null(pg);
                ck_assert_msg(!strstr(err.msg, "hush"), "%s", err.msg);
        }
}
END_TEST

START_TEST(pg_open__no_server)
{
        struct pg *pg = NULL;
        struct err err = {0};
        ck_assert_int_eq(pg_open("host=/nonexistent password=hush", 0, &pg, &err), -ERR_TARGET);
        ck_assert_ptr_nonnull(strstr(err.msg, "/nonexistent"));
}
END_TEST

UNIT_MAIN(text_clean__text_that_ends_inside_a_quote, text_clean__leaves_no_data, text_normal__takes_small_numbers_too, text_clean__leaves_normalized_text_as_it_is,
          plan_tree__constants_and_output_are_left_out, plan_tree__hash_is_of_the_shape, plan_tree__what_is_no_plan,
          pg_quote__names_and_texts, pg_redact__secrets_and_further_lines, pg_open__conninfo_that_does_not_parse_tells_no_secret,
          pg_open__no_server)
