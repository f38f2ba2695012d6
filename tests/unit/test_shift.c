/* Change points of nightly series. Reference values: the same estimate by the whole covariance matrix (Cholesky), computed by another program. */
#include "base/num.h"
#include "model/shift.h"
#include "tests/lib/unit.h"

static const struct shift_options plain = {.scale = SHIFT_LOG, .sigma_floor = 0.02, .rho = NAN, .limit = 4.1};

/* A week's shape, noise that is no noise, a missing night now and then, and a step. */
static size_t made(struct shift_point *p, int nights, int step_at, double factor)
{
        static const double week[] = {0, 0.1, 0.2, 0.3, 0.2, -0.4, -0.5};
        size_t n = 0;
        for (int d = 0; d < nights; d++)
                if (d % 11 != 5 || d >= nights - 20)
                        p[n++] = (struct shift_point){d, exp(2 + week[d % 7] + 0.3 * sin(0.7 * d * d) + 0.1 * cos(1.3 * d)) * (d >= step_at ? factor : 1), 0, 1};
        return n;
}


static void ck_is(struct shift s, double score, double step, int64_t since, size_t nights)
{
        ck_assert_double_eq_tol(s.rho, 0.138352, 1e-4);
        ck_assert_double_eq_tol(s.sigma, 0.2136174, 1e-5);
        ck_assert_double_eq_tol(s.score, score, 2e-4);
        ck_assert_double_eq_tol(s.step, step, 1e-4);
        ck_assert_int_eq(s.since, since);
        ck_assert_uint_eq(s.nights, nights);
}

START_TEST(shift_judge__as_the_whole_covariance_matrix)
{
        struct shift_point p[200];
        ck_is(shift_judge(p, made(p, 120, 999, 1), &plain), -0.893533, 0.943482, 103, 17);
        ck_is(shift_judge(p, made(p, 120, 110, 1.4), &plain), 3.673465, 1.367292, 110, 10);
}
END_TEST

START_TEST(shift_judge__young_series_are_unknown)
{
        struct shift_point p[200];
        struct shift s = shift_judge(p, 0 * made(p, 1, 9, 1), &plain);
        ck_assert_int_eq(s.status, SHIFT_UNKNOWN);
        ck_assert_uint_eq(s.missing, 16);
        size_t n = made(p, 10, 99, 1);
        s = shift_judge(p, n, &plain);
        ck_assert_int_eq(s.status, SHIFT_UNKNOWN);
        ck_assert_uint_eq(s.missing, 16 - n);
        ck_assert_int_ne(shift_judge(p, made(p, 20, 99, 1), &plain).status, SHIFT_UNKNOWN);
}
END_TEST

START_TEST(shift_judge__one_bad_night_is_weather)
{
        struct shift_point p[200];
        size_t n = made(p, 100, 999, 1);
        p[n - 1].value *= 50;
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_STEADY);
        p[n - 1].looks = SHIFT_SOLID; /* a whole day of captures */
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_UP);
        p[n - 1].looks = 1;
        p[n - 2].value *= 50;
        struct shift s = shift_judge(p, n, &plain);
        ck_assert_int_eq(s.status, SHIFT_UP);
        ck_assert_int_ge(s.since, 97);
        made(p, 100, 90, 0.2);
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_DOWN);
}
END_TEST

/* A bad week in spring neither makes a step of today nor hides one. */
START_TEST(shift_judge__outliers_of_the_past)
{
        struct shift_point p[200];
        size_t n = made(p, 120, 999, 1);
        for (size_t i = 40; i < 43; i++)
                p[i].value *= 30;
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_STEADY);
        n = made(p, 120, 105, 2.5);
        for (size_t i = 40; i < 43; i++)
                p[i].value *= 30;
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_UP);
}
END_TEST

START_TEST(shift_judge__a_plan_that_was_there_before_is_no_news)
{
        struct shift_point p[200];
        size_t n = made(p, 120, 999, 1);
        for (size_t i = 0; i < n; i++)
                if (p[i].day >= 114 || (p[i].day >= 50 && p[i].day < 60)) {
                        p[i].value *= 3;
                        p[i].regime = 1;
                }
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_STEADY);
        for (size_t i = 0; i < n; i++)
                if (p[i].day >= 114)
                        p[i].regime = 2;
        ck_assert_int_eq(shift_judge(p, n, &plain).status, SHIFT_UP);
}
END_TEST

START_TEST(shift_judge__growth_by_differences)
{
        struct shift_point p[100];
        for (int d = 0; d < 100; d++)
                p[d] = (struct shift_point){d, 1e6 + 2e5 * sin(d * d) + (d >= 95 ? 3e6 : 0), 0, 1};
        struct shift_options o = {.scale = SHIFT_LINEAR, .sigma_floor = 65536, .rho = NAN, .limit = 4.1};
        struct shift s = shift_judge(p, 100, &o);
        ck_assert_int_eq(s.status, SHIFT_UP);
        ck_assert_int_eq(s.since, 95);
        for (int d = 0; d < 100; d++)
                p[d].value = 0; /* a table that nobody writes to */
        ck_assert_int_eq(shift_judge(p, 100, &o).status, SHIFT_STEADY);
}
END_TEST

/* 8 (1 - Phi(z)) 30 N = 1. */
START_TEST(shift_limit__one_false_alert_a_month)
{
        ck_assert_double_eq_tol(shift_limit(500), 4.3050, 5e-4);
        ck_assert_double_eq_tol(shift_limit(1), 2.6383, 5e-4);
        ck_assert_double_eq_tol(240 * 5000 * 0.5 * erfc(shift_limit(5000) / M_SQRT2), 1, 1e-6);
}
END_TEST

UNIT_MAIN(shift_judge__as_the_whole_covariance_matrix, shift_judge__young_series_are_unknown, shift_judge__one_bad_night_is_weather,
          shift_judge__outliers_of_the_past, shift_judge__a_plan_that_was_there_before_is_no_news, shift_judge__growth_by_differences,
          shift_limit__one_false_alert_a_month)
