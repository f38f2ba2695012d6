#include "model/pool_plan.h"
#include "tests/lib/unit.h"

static struct hist *lognormal(struct arena *a, double median_ms, double sigma, size_t n)
{
        struct hist *h = arena_new_of(a, struct hist);
        for (size_t i = 0; i < n; i++) {
                /* Normal quantiles by the logistic approximation: any skewed distribution will do. */
                double p = ((double)i + 0.5) / (double)n;
                hist_add(h, median_ms * exp(sigma * log(p / (1 - p)) / 1.702) * 1000);
        }
        return h;
}

START_TEST(pool_need_solve__size_between_load_and_sum)
{
        struct arena *a = arena_new();
        struct pool_traffic t = {.program = "chat", .processes = 1, .rate_hz = 100, .use = lognormal(a, 20, 1, 5000), .hold_scale = 1, .wait_p95_ms = NAN};
        struct pool_need *need = arena_new_of(a, struct pool_need);
        *need = (struct pool_need){.traffic = &t, .n = 1, .objective_ms = 5, .size_now = 20};
        ck_assert(pool_need_solve(a, need));
        double mean, cv2;
        pool_hist_moments(t.use, &mean, &cv2);
        ck_assert_int_gt(need->want, (int)(100 * mean / 1000)); /* Little's law alone is unstable */
        ck_assert_int_lt(need->want, 20);
        ck_assert_int_le(need->want_lo, need->want);
        ck_assert_int_ge(need->cap, need->want);
        ck_assert_double_le(need->wait_hi_ms[need->want], 5);
        ck_assert_double_gt(need->wait_hi_ms[need->want - 1], 5);
        ck_assert_double_le(need->wait_lo_ms[need->want - 1], need->wait_hi_ms[need->want - 1]);
        ck_assert_double_eq_tol(need->error_frac, sqrt((1 + cv2) / 5000), 1e-9);
        ck_assert_double_eq(need->burst, 1);
        arena_free(a);
}
END_TEST

START_TEST(pool_need_solve__too_few_checkouts)
{
        struct arena *a = arena_new();
        struct pool_traffic t = {.rate_hz = 1, .use = lognormal(a, 20, 1, 19), .hold_scale = 1, .wait_p95_ms = NAN};
        struct pool_need *need = arena_new_of(a, struct pool_need);
        *need = (struct pool_need){.traffic = &t, .n = 1, .objective_ms = 5};
        ck_assert(!pool_need_solve(a, need));
        arena_free(a);
}
END_TEST

START_TEST(pool_need_solve__burst_explains_what_poisson_does_not)
{
        struct arena *a = arena_new();
        struct pool_traffic t = {.rate_hz = 100, .use = lognormal(a, 10, 0.5, 5000), .hold_scale = 1, .wait_p95_ms = 60};
        struct pool_need *plain = arena_new_of(a, struct pool_need), *need = arena_new_of(a, struct pool_need);
        *plain = *need = (struct pool_need){.traffic = &t, .n = 1, .objective_ms = 5, .size_now = 2};
        plain->size_now = 0;
        ck_assert(pool_need_solve(a, plain) && pool_need_solve(a, need));
        ck_assert_double_gt(need->burst, 1);
        ck_assert_int_ge(need->want, plain->want);
        ck_assert(!need->unexplained);
        /* With 40 connections nothing queues at three times the load: the wait has another cause. */
        need->size_now = 40;
        ck_assert(pool_need_solve(a, need));
        ck_assert(need->unexplained);
        arena_free(a);
}
END_TEST

START_TEST(pool_allocate__where_the_wait_falls_most)
{
        const double busy[] = {0, INFINITY, INFINITY, 80, 20, 4, 0}, quiet[] = {0, 30, 3, 0, 0, 0, 0};
        struct pool_slot s[] = {{.processes = 1, .weight = 100, .wait_ms = busy, .want = 5}, {.processes = 4, .weight = 5, .wait_ms = quiet, .want = 2}};
        ck_assert_double_eq(pool_allocate(s, 2, 100), 5 + 8);
        ck_assert_int_eq(s[0].size, 5);
        ck_assert_int_eq(s[1].size, 2);
        ck_assert_double_eq(pool_allocate(s, 2, 9), 9);
        ck_assert_int_eq(s[0].size, 5);
        ck_assert_int_eq(s[1].size, 1);
        ck_assert_double_eq(pool_allocate(s, 2, 7), 7);
        ck_assert_int_eq(s[0].size, 3);
        ck_assert_double_eq(pool_allocate(s, 2, 2), 5); /* not even one each: said by the sum */
}
END_TEST

UNIT_MAIN(pool_need_solve__size_between_load_and_sum, pool_need_solve__too_few_checkouts,
          pool_need_solve__burst_explains_what_poisson_does_not, pool_allocate__where_the_wait_falls_most)
