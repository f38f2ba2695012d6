#include "base/hist.h"
#include "base/num.h"
#include "tests/lib/unit.h"

#include <string.h>

START_TEST(num_parse_duration__units)
{
        static const struct {
                const char *text;
                int64_t us;
        } cases[] = {{"20s", 20000000}, {"250ms", 250000}, {"2h", 7200000000}, {"1.5", 1500000}, {"400d", INT64_C(34560000000000)}};
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int64_t us = 0;
                ck_assert_int_eq(num_parse_duration(cases[i].text, &us, NULL), 0);
                ck_assert_int_eq(us, cases[i].us);
        }
}
END_TEST

START_TEST(num_parse_duration__refuses)
{
        static const char *const bad[] = {"", "s", "-1s", "1x", "nan", "1e30d"};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                int64_t us = 7;
                struct err err = {0};
                ck_assert_int_lt(num_parse_duration(bad[i], &us, &err), 0);
                ck_assert_int_eq(us, 7);
                ck_assert_int_eq(err.code, ERR_PARSE);
        }
}
END_TEST

START_TEST(hist_quantile__within_bucket_error)
{
        struct hist h = {0};
        for (int i = 1; i <= 10000; i++)
                hist_add(&h, i);
        for (double q = 0.05; q < 1; q += 0.05) {
                double got = hist_quantile_us(&h, q), want = q * 10000;
                ck_assert_double_le(fabs(got - want) / want, 0.045);
        }
}
END_TEST

START_TEST(hist_format__round_trip_and_merge)
{
        struct hist a = {0}, b = {0};
        hist_add_n(&a, 1500, 3);
        hist_add_n(&a, 90000, 2);
        struct str s = {0};
        hist_format(&a, &s);
        ck_assert_int_eq(hist_parse(&b, str_text(&s)), 0);
        ck_assert_int_eq(hist_parse(&b, str_text(&s)), 0);
        ck_assert_uint_eq(b.count, 10);
        ck_assert_int_lt(hist_parse(&b, "12:x"), 0);
        ck_assert_int_lt(hist_parse(&b, "9999:1"), 0);
        str_release(&s);
}
END_TEST

START_TEST(str_add_visible__hides_nothing)
{
        struct str s = {0};
        str_add_visible(&s, "a\x1b[31m\xe2\x80\xae\xff" "b\n", false);
        ck_assert_str_eq(str_text(&s), "a\\x1b[31m\\u{202e}\\xffb ");
        str_release(&s);
}
END_TEST

UNIT_MAIN(num_parse_duration__units, num_parse_duration__refuses, hist_quantile__within_bucket_error, hist_format__round_trip_and_merge,
          str_add_visible__hides_nothing)
