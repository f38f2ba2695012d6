#include "model/compare.h"
#include "base/num.h"
#include "tests/lib/unit.h"

#include <string.h>

static struct arena *a;

static double normal(struct rng *r)
{
        return sqrt(-2 * log(1 - rng_unit(r))) * cos(6.283185307 * rng_unit(r));
}

/* Intervals of some 200 calls each; `wobble` makes whole intervals slower or faster, as a busy machine does. */
static struct compare_side intervals(size_t n, double median_ms, double wobble, uint64_t seed)
{
        struct rng rng;
        rng_seed(&rng, seed);
        struct compare_block *blocks = arena_alloc(a, n * sizeof *blocks);
        for (size_t i = 0; i < n; i++) {
                struct hist *h = arena_new_of(a, struct hist);
                double level = median_ms * exp(wobble * normal(&rng));
                for (size_t k = 0; k < 150 + rng_below(&rng, 100); k++)
                        hist_add(h, level * exp(0.8 * normal(&rng)) * 1000);
                blocks[i] = (struct compare_block){.hist = h};
        }
        return (struct compare_side){blocks, n};
}

START_TEST(compare_hist_quantile_ms__interpolates)
{
        struct hist h = {0};
        for (int i = 1; i <= 1000; i++)
                hist_add(&h, i * 100);
        ck_assert_double_eq_tol(compare_hist_quantile_ms(&h, 0.5), 50, 0.8);
        ck_assert_double_eq_tol(compare_hist_quantile_ms(&h, 0.95), 95, 1);
        memset(&h, 0, sizeof h);
        ck_assert_double_nan(compare_hist_quantile_ms(&h, 0.5));
}
END_TEST

START_TEST(compare_quantile__sees_a_known_shift)
{
        a = arena_new();
        struct compare_result r = compare_quantile(a, intervals(24, 20, 0.1, 1), intervals(24, 10, 0.1, 2), 0.95, 1);
        ck_assert_int_eq(r.verdict, VERDICT_BETTER);
        double truth = (10 - 20) * exp(0.8 * 1.645);
        ck_assert_double_lt(r.lo, truth);
        ck_assert_double_gt(r.hi, truth);
        ck_assert_int_eq(compare_quantile(a, intervals(24, 10, 0.1, 1), intervals(24, 20, 0.1, 2), 0.95, 1).verdict, VERDICT_WORSE);
        struct compare_result again = compare_quantile(a, intervals(24, 20, 0.1, 1), intervals(24, 10, 0.1, 2), 0.95, 1);
        ck_assert_double_eq(r.lo, again.lo);
        arena_free(a);
}
END_TEST

/* Nothing changed: the share of "better" or "worse" stays near the nominal 5 %, with intervals that wobble and with few of them. */
START_TEST(compare_quantile__false_alarms_near_nominal)
{
        static const size_t sizes[] = {8, 12, 24};
        for (size_t s = 0; s < 3; s++) {
                int alarms = 0;
                for (uint64_t seed = 0; seed < 200; seed++) {
                        a = arena_new();
                        struct compare_result r = compare_quantile(a, intervals(sizes[s], 20, 0.2, 1000 + 2 * seed), intervals(sizes[s], 20, 0.2, 1001 + 2 * seed), 0.95, seed);
                        alarms += r.verdict != VERDICT_SAME;
                        arena_free(a);
                }
                ck_assert_msg(alarms <= 18, "%d alarms of 200 with %zu intervals", alarms, sizes[s]);
        }
}
END_TEST

/* A queue that grew all through the capture: its p95 is seconds with a huge spread, and its going away is still proved. */
START_TEST(compare_quantile__judges_factors)
{
        a = arena_new();
        struct compare_block before[9], after[9];
        for (int i = 0; i < 9; i++) {
                struct hist *b = arena_new_of(a, struct hist), *c = arena_new_of(a, struct hist);
                for (int k = 0; k < 100; k++) {
                        hist_add(b, 1000.0 * (1 + k) * exp(i));
                        hist_add(c, 40 + k % 7);
                }
                before[i] = (struct compare_block){.hist = b};
                after[i] = (struct compare_block){.hist = c};
        }
        struct compare_result r = compare_quantile(a, (struct compare_side){before, 9}, (struct compare_side){after, 9}, 0.95, 1);
        ck_assert_int_eq(r.verdict, VERDICT_BETTER);
        ck_assert_double_lt(r.hi, 0);
        ck_assert_double_ge(r.lo, -r.before);
        arena_free(a);
}
END_TEST

START_TEST(compare_ratio__shift_and_none)
{
        a = arena_new();
        struct compare_block low[12], high[12];
        for (int i = 0; i < 12; i++) {
                low[i] = (struct compare_block){.num = 80 + i % 3, .den = 100};
                high[i] = (struct compare_block){.num = 92 + i % 3, .den = 100};
        }
        struct compare_result r = compare_ratio(a, (struct compare_side){low, 12}, (struct compare_side){high, 12}, 1);
        compare_flip(&r);
        ck_assert_int_eq(r.verdict, VERDICT_BETTER);
        ck_assert_double_eq_tol(r.after - r.before, 0.12, 1e-9);
        ck_assert_int_eq(compare_ratio(a, (struct compare_side){low, 12}, (struct compare_side){low, 12}, 1).verdict, VERDICT_SAME);
        r = compare_ratio(a, (struct compare_side){low, 3}, (struct compare_side){low, 12}, 1);
        ck_assert_int_eq(r.verdict, VERDICT_UNKNOWN);
        ck_assert_ptr_nonnull(strstr(r.reason, "too short"));
        r = compare_ratio(a, (struct compare_side){low, 12}, (struct compare_side){NULL, 0}, 1);
        ck_assert_str_eq(r.reason, "not observed after");
        arena_free(a);
}
END_TEST

/* Hand-worked: U of {1,2,3,4,5} against {6,...,10} is 0; z = (12.5 - 0.5) / sqrt(25 x 11 / 12) = 2.507, p = 0.0122. */
START_TEST(compare_mann_whitney__worked_value)
{
        a = arena_new();
        const double x[] = {1, 2, 3, 4, 5}, y[] = {6, 7, 8, 9, 10}, same[] = {3, 3, 3, 3};
        ck_assert_double_eq_tol(compare_mann_whitney(a, x, 5, y, 5), 0.0122, 0.0002);
        ck_assert_double_eq(compare_mann_whitney(a, same, 4, same, 4), 1);
        struct compare_result r = compare_samples(a, y, 5, x, 5);
        ck_assert_int_eq(r.verdict, VERDICT_BETTER);
        ck_assert(r.lo < -5 && r.hi > -5 && r.hi < 0);
        ck_assert_int_eq(compare_samples(a, x, 5, x, 5).verdict, VERDICT_SAME);
        ck_assert_int_eq(compare_samples(a, x, 3, y, 5).verdict, VERDICT_UNKNOWN);
        arena_free(a);
}
END_TEST

START_TEST(compare_means__welch)
{
        struct compare_result r = compare_means((struct compare_mean){1000, 80, 40}, (struct compare_mean){1200, 2, 3});
        ck_assert_int_eq(r.verdict, VERDICT_BETTER);
        ck_assert_double_eq_tol(r.hi - r.lo, 2 * 1.962 * sqrt(1600.0 / 1000 + 9.0 / 1200), 0.01);
        ck_assert_int_eq(compare_means((struct compare_mean){100, 10, 10}, (struct compare_mean){100, 11, 10}).verdict, VERDICT_SAME);
        ck_assert_int_eq(compare_means((struct compare_mean){9, 10, 1}, (struct compare_mean){100, 90, 1}).verdict, VERDICT_UNKNOWN);
}
END_TEST

UNIT_MAIN(compare_hist_quantile_ms__interpolates, compare_quantile__sees_a_known_shift, compare_quantile__false_alarms_near_nominal,
          compare_quantile__judges_factors, compare_ratio__shift_and_none, compare_mann_whitney__worked_value, compare_means__welch)
