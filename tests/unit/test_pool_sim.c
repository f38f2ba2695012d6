#include "model/pool_sim.h"
#include "model/queue.h"
#include "base/num.h"
#include "tests/lib/unit.h"

static struct arena *arena;

static struct hist *exponential(double mean_ms, size_t n)
{
        struct hist *h = arena_new_of(arena, struct hist);
        for (size_t i = 0; i < n; i++)
                hist_add(h, -log(1 - ((double)i + 0.5) / (double)n) * mean_ms * 1000);
        return h;
}

START_TEST(pool_hist_moments__of_an_exponential)
{
        arena = arena_new();
        double mean, cv2;
        pool_hist_moments(exponential(20, 100000), &mean, &cv2);
        ck_assert_double_eq_tol(mean, 20, 0.2);
        ck_assert_double_eq_tol(cv2, 1, 0.02);
        pool_hist_moments(arena_new_of(arena, struct hist), &mean, &cv2);
        ck_assert_double_nan(mean);
        arena_free(arena);
}
END_TEST

/* Exponential holds make the pool M/M/c, whose mean wait and p95 are known exactly. */
START_TEST(pool_sim__agrees_with_erlang_c)
{
        arena = arena_new();
        struct hist *h = exponential(20, 100000);
        static const struct {
                int c;
                double rho;
        } cases[] = {{1, 0.5}, {2, 0.7}, {4, 0.8}, {16, 0.8}, {50, 0.9}};
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int c = cases[i].c;
                double a = cases[i].rho * c;
                struct pool_load load;
                pool_load_draw(arena, h, 1, a / 0.020, 600000, 7 + i, &load);
                struct pool_wait w = pool_sim(&load, (struct pool_shape){.size = c});
                double want = queue_wait_mmc(c, a, 20), p95 = queue_wait_quantile(c, a, 20, 1, 0.95);
                ck_assert_msg(fabs(w.mean_ms - want) < 0.05 * want + 0.02, "c %d: mean %f, Erlang C says %f", c, w.mean_ms, want);
                ck_assert_msg(fabs(w.p95_ms - p95) < 0.05 * p95 + 0.05, "c %d: p95 %f, M/M/c says %f", c, w.p95_ms, p95);
        }
        arena_free(arena);
}
END_TEST

START_TEST(pool_sim__same_seed_same_answer_and_more_is_never_worse)
{
        arena = arena_new();
        struct hist *h = exponential(30, 1000);
        struct pool_load load, again;
        pool_load_draw(arena, h, 1, 100, 20000, 1, &load);
        pool_load_draw(arena, h, 1, 100, 20000, 1, &again);
        double before = INFINITY;
        for (int size = 1; size <= 12; size++) {
                double p95 = pool_sim(&load, (struct pool_shape){.size = size}).p95_ms;
                ck_assert_double_eq(p95, pool_sim(&again, (struct pool_shape){.size = size}).p95_ms);
                ck_assert_double_le(p95, before);
                before = p95;
        }
        ck_assert_double_eq(before, 0);
        arena_free(arena);
}
END_TEST

/* Overflow connections are opened and closed: at the same cap, 2+13 waits where 15+0 does not. */
START_TEST(pool_sim__overflow_churn)
{
        arena = arena_new();
        struct hist *h = exponential(29, 1000);
        struct pool_load load;
        pool_load_draw(arena, h, 1, 160, 50000, 1, &load);
        struct pool_wait body = pool_sim(&load, (struct pool_shape){.size = 15});
        struct pool_wait churn = pool_sim(&load, (struct pool_shape){.size = 2, .overflow = 13, .connect_ms = 13});
        ck_assert_double_eq(body.p95_ms, 0);
        ck_assert_double_eq(body.opened_per_s, 0);
        ck_assert_double_ge(churn.p95_ms, 13);
        ck_assert_double_gt(churn.opened_per_s, 1);
        ck_assert_double_eq_tol(body.in_use_mean, 160 * 0.029, 0.3);
        arena_free(arena);
}
END_TEST

UNIT_MAIN(pool_hist_moments__of_an_exponential, pool_sim__agrees_with_erlang_c, pool_sim__same_seed_same_answer_and_more_is_never_worse,
          pool_sim__overflow_churn)
