/* Which paths a setting means, where columns stand for other tools, what sinks do to text that means harm. */
#include "base/str.h"
#include "out/encode.h"
#include "rule/paths.h"
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

UNIT_MAIN(path_matches__folders_stars_and_names, path_matches__many_stars_end, utf16_column__counts_units_not_bytes,
          encode__keeps_text_from_being_more_than_text)
