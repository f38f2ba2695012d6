#include "base/cleanup.h"
#include "base/wrap.h"
#include "tests/lib/unit.h"

START_TEST(wrap_words__columns_rail_and_long_words)
{
        CLEANUP(str_release) struct str s = {0};
        str_add(&s, "ab: ");
        wrap_words(&s, 4, 12, "| ", "one  two\nthree");
        ck_assert_str_eq(str_text(&s), "ab: one two\n| three\n");
        str_clear(&s);
        wrap_words(&s, 0, 8, "  ", "a/path/that/is/longer b");
        ck_assert_str_eq(str_text(&s), "a/path/that/is/longer\n  b\n");
        str_clear(&s);
        wrap_words(&s, 0, 8, "", "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 x");
        ck_assert_str_eq(str_text(&s), "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\nx\n");
        str_clear(&s);
        wrap_words(&s, 0, 8, "  ", " ");
        ck_assert_str_eq(str_text(&s), "\n");
}
END_TEST

UNIT_MAIN(wrap_words__columns_rail_and_long_words)
