/* Which paths a setting means, where columns stand for other tools, what sinks do to text that means harm. */
#include "base/str.h"
#include "out/encode.h"
#include "rule/cost.h"
#include "rule/paths.h"
#include "rule/scope.h"
#include "tests/lib/unit.h"

START_TEST(path_matches__folders_stars_and_names)
{
        static const struct {
                const char *glob, *path;
                bool want;
        } cases[] = {
                {"bots/legacy/**", "bots/legacy/a.py", true},      {"bots/legacy/**", "bots/legacy/x/a.py", true}, {"bots/legacy/**", "bots/legacy", false},
                {"bots/legacy/**", "bots/legacyx/a.py", false},    {"bots/legacy", "bots/legacy/x/a.py", true},    {"bots/legacy/", "bots/legacy/a.py", true},
                {"./bots/legacy/", "bots/legacy/a.py", true},      {"bots/*.py", "bots/a.py", true},               {"bots/*.py", "bots/x/a.py", false},
                {"**/migrations/*.py", "migrations/1.py", true},   {"**/migrations/*.py", "a/b/migrations/1.py", true},
                {"**/migrations/*.py", "a/migrations/b/1.py", false}, {"bots/**/a.py", "bots/a.py", true},         {"bots/**/a.py", "bots/x/y/a.py", true},
                {"bots/**/a.py", "bots/x/y/ba.py", false},         {"*_pb2.py", "a/b/x_pb2.py", true},             {"a.py", "x/a.py", true},
                {"x/a.py", "y/x/a.py", false},                     {"**", "a/b", true},
        };
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                ck_assert_msg(path_matches(cases[i].glob, cases[i].path) == cases[i].want, "%s on %s", cases[i].glob, cases[i].path);
}
END_TEST

START_TEST(path_matches__many_stars_end)
{
        ck_assert(!path_matches("**/**/**/**/**/**/**/**/**/**/x", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/y"));
}
END_TEST

START_TEST(utf16_column__counts_units_not_bytes)
{
        ck_assert_int_eq(utf16_column("abc", 3), 3);
        ck_assert_int_eq(utf16_column("äbc", 3), 2);
        ck_assert_int_eq(utf16_column("😀bc", 5), 3);
        ck_assert_int_eq(utf16_column("\xff" "bc", 2), 2); /* not UTF-8: a byte is a character */
        ck_assert_int_eq(utf16_column("abc", 4), 4);  /* behind the last */
        ck_assert_int_eq(utf16_column("abc", 99), 4);
        ck_assert_int_eq(utf16_column(NULL, 3), 0);
}
END_TEST

static const char *encoded(struct str *s, void (*f)(struct str *, const char *), const char *text)
{
        str_clear(s);
        f(s, text);
        return str_text(s);
}

START_TEST(encode__keeps_text_from_being_more_than_text)
{
        struct str s = {0};
        ck_assert_str_eq(encoded(&s, encode_csv, "=1+2"), "\"'=1+2\"");
        ck_assert_str_eq(encoded(&s, encode_csv, "a \"b\""), "\"a \"\"b\"\"\"");
        ck_assert_str_eq(encoded(&s, encode_csv, NULL), "\"\"");
        ck_assert_str_eq(encoded(&s, encode_xml, "<a b=\"c\">&\x01\xff"), "&lt;a b=&quot;c&quot;&gt;&amp;\xef\xbf\xbd\xef\xbf\xbd");
        ck_assert_str_eq(encoded(&s, encode_xml, "\xef\xbf\xbe"), "\xef\xbf\xbd"); /* U+FFFE is no XML character */
        ck_assert_str_eq(encoded(&s, encode_uri, "a b/ä%.py"), "a%20b/%C3%A4%25.py");
        ck_assert_str_eq(encoded(&s, encode_label, "a\"b\\c\n"), "a\\\"b\\\\c\\n");
        str_clear(&s);
        encode_github(&s, "a:b,c%\n::error::x", true);
        ck_assert_str_eq(str_text(&s), "a%3Ab%2Cc%25%0A%3A%3Aerror%3A%3Ax");
        str_release(&s);
}
END_TEST

START_TEST(scope_holds__lines_files_and_folders)
{
        struct arena *a = arena_new();
        struct scope s = {0};
        *vec_push(a, &s.files) = (struct scope_file){.path = "/x/a.py"};
        *vec_push(a, &s.files.items[0].lines) = (struct scope_lines){10, 12};
        *vec_push(a, &s.files) = (struct scope_file){.path = "/x/sub", .whole = true};
        ck_assert(scope_holds(&s, "/x/a.py", 12, 0));
        ck_assert(scope_holds(&s, "/x/a.py", 8, 10)); /* a statement of several lines, of which one changed */
        ck_assert(!scope_holds(&s, "/x/a.py", 13, 20));
        ck_assert(!scope_holds(&s, "/x/a.pyc", 12, 12));
        ck_assert(scope_holds(&s, "/x/sub/deep/b.py", 1, 1));
        ck_assert(!scope_holds(&s, "/x/subway.py", 1, 1));
        ck_assert(!scope_holds(&s, NULL, 1, 1));
        arena_free(a);
}
END_TEST

START_TEST(cost_find__by_site_then_by_place)
{
        struct arena *a = arena_new();
        CLEANUP(db_close) struct db *db = NULL;
        struct err err = {0};
        ck_assert_int_eq(db_open(NULL, DB_MEMORY, &db, &err), 0);
        struct finding f = {0};
        cost_find(costs_load(a, db), &f, "a.py", 5, 7); /* no such view: a history without statements of the sources */
        ck_assert_ptr_null(f.cost);
        ck_assert_int_eq(db_exec(db,
                                 "CREATE TABLE pg_statement (queryid); INSERT INTO pg_statement VALUES ('1');" /* without one the view is not asked */
                                 "CREATE VIEW fact_code_cost AS SELECT 'a.py' AS path, 5 AS byte_start, 7 AS site, 4100000 AS calls, 0.38 AS share_of_database, 86400.0 AS window_s,"
                                 " 0.95 AS confidence, 1 AS shared_by UNION ALL SELECT 'a.py', 90, NULL, 3, 0.0, NULL, 0.4, 2 UNION ALL SELECT 'a.py', 120, NULL, 3, 0.1, NULL, 0.2, 2",
                                 &err),
                         0);
        struct costs *c = costs_load(a, db);
        cost_find(c, &f, "b.py", 0, 7);
        ck_assert_str_eq(f.cost, "called 4.1 million times in 24 h, 38 % of the database's time");
        ck_assert(f.cost_frac > 0.37 && f.evidence.len == 1);
        cost_find(c, &f, "a.py", 90, 0);
        ck_assert_str_eq(f.cost, "called 3 times in the window; 2 places send the same text");
        struct finding unsure = {0};
        cost_find(c, &unsure, "a.py", 120, 0);
        ck_assert_ptr_null(unsure.cost);
        arena_free(a);
}
END_TEST

UNIT_MAIN(scope_holds__lines_files_and_folders, cost_find__by_site_then_by_place, path_matches__folders_stars_and_names, path_matches__many_stars_end, utf16_column__counts_units_not_bytes,
          encode__keeps_text_from_being_more_than_text)
