/* The fleet in front of one database, against closed forms and against the simpler simulation. */
#include "model/pool_shared.h"
#include "model/queue.h"
#include "tests/lib/unit.h"

static struct hist *exponential(struct arena *a, double mean_ms)
{
        struct hist *h = arena_new_of(a, struct hist);
        for (int i = 0; i < 20000; i++)
                hist_add(h, -log(1 - (i + 0.5) / 20000) * mean_ms * 1000);
        return h;
}

/* Half at 1 ms, a tenth at 100 ms: CV2 about 5. */
static struct hist *skewed(struct arena *a)
{
        struct hist *h = arena_new_of(a, struct hist);
        hist_add_n(h, 1000, 900);
        hist_add_n(h, 100000, 100);
        return h;
}

START_TEST(pool_shared__without_slow_down_is_pool_sim)
{
        struct arena *a = arena_new();
        struct pool_load l;
        pool_load_draw(a, skewed(a), 1, 300, 50000, 3, &l);
        double one = pool_sim(&l, (struct pool_shape){.size = 5}).p95_ms, mean = pool_sim(&l, (struct pool_shape){.size = 5}).mean_ms;
        struct shared_wait w = pool_shared(a, &l, &(struct shared_shape){.processes = 1, .size = 5, .work_frac = 0.4});
        ck_assert_double_eq_tol(w.wait.p95_ms, one, 1e-6 + one * 1e-6);
        ck_assert_double_eq_tol(w.wait.mean_ms, mean, 1e-6);
        ck_assert_double_eq_tol(w.stretch, 1, 1e-9);
        /* A pooler of five behind processes that have plenty is the same queue. */
        w = pool_shared(a, &l, &(struct shared_shape){.processes = 4, .size = 10000, .pooler = 5, .work_frac = 0.4});
        ck_assert_double_eq_tol(w.wait.p95_ms, one, 1e-6 + one * 1e-6);
        /* The same connections dealt to four processes wait longer. */
        w = pool_shared(a, &l, &(struct shared_shape){.processes = 5, .size = 1, .work_frac = 0.4});
        ck_assert_double_gt(w.wait.mean_ms, 2 * mean);
        arena_free(a);
}
END_TEST

/* M/G/1 under processor sharing: mean time S / (1 - rho), whatever the distribution. */
START_TEST(pool_shared__processor_sharing_is_insensitive)
{
        struct arena *a = arena_new();
        struct hist *shapes[] = {exponential(a, 10), skewed(a)};
        for (int i = 0; i < 2; i++) {
                double mean, cv2;
                pool_hist_moments(shapes[i], &mean, &cv2);
                struct pool_load l;
                pool_load_draw(a, shapes[i], 1, 600 / mean, 400000, 11, &l); /* rho 0.6 */
                struct shared_wait w = pool_shared(a, &l, &(struct shared_shape){.processes = 1, .size = 100000, .work_frac = 1, .db = {.cores = 1}});
                ck_assert_double_eq_tol(w.stretch, 1 / (1 - 0.6), 0.06 / (1 - 0.6));
                ck_assert_double_eq_tol(w.working_mean, 0.6 / 0.4, 0.12);
        }
        arena_free(a);
}
END_TEST

START_TEST(pool_shared__a_cap_on_active_sessions_helps_only_a_saturating_database)
{
        struct arena *a = arena_new();
        struct pool_load l;
        pool_load_draw(a, exponential(a, 10), 1, 360, 60000, 5, &l); /* 3.6 of 4 cores, and each further session costs */
        struct shared_shape s = {.processes = 4, .size = 64, .work_frac = 1, .db = {.cores = 4, .kappa = 0.001}};
        struct shared_wait open = pool_shared(a, &l, &s);
        s.pooler = 8;
        struct shared_wait capped = pool_shared(a, &l, &s);
        ck_assert_double_lt(capped.wait.latency_p95_ms, open.wait.latency_p95_ms);
        arena_free(a);
}
END_TEST

START_TEST(pool_shared__refuses_what_is_no_shape)
{
        struct arena *a = arena_new();
        struct pool_load l;
        pool_load_draw(a, exponential(a, 10), 1, 100, 1000, 5, &l);
        ck_assert_double_nan(pool_shared(a, &l, &(struct shared_shape){.processes = 0, .size = 1}).stretch);
        ck_assert_double_nan(pool_shared(a, &l, &(struct shared_shape){.processes = 1, .size = 1, .work_frac = 1.5}).wait.p95_ms);
        arena_free(a);
}
END_TEST

/* SPEC SDM91 as Gunther gives it, and his coefficients for it: sigma 0.0277, kappa 0.000104, the peak at 96; R's package usl has the same. */
START_TEST(usl_fit__published_data)
{
        const struct usl_point p[] = {{1, 64.9}, {18, 995.9}, {36, 1652.4}, {72, 1853.2}, {108, 1828.9}, {144, 1775.0}, {216, 1702.2}};
        double lambda;
        struct db_model m;
        ck_assert(usl_fit(p, 7, &lambda, &m));
        ck_assert_double_eq_tol(m.sigma, 0.02773, 0.00005);
        ck_assert_double_eq_tol(m.kappa, 0.0001044, 0.0000005);
        ck_assert_double_eq_tol(usl_peak(&m), 96.5, 0.5);
        ck_assert_double_eq_tol(lambda, 90, 1);
}
END_TEST

START_TEST(usl_fit__says_no_without_range)
{
        const struct usl_point narrow[] = {{4, 400}, {5, 490}, {6, 580}, {7, 670}, {8, 750}, {9, 830}};
        const struct usl_point linear[] = {{1, 100}, {2, 200}, {4, 400}, {8, 800}, {16, 1600}, {32, 3200}};
        double lambda = -1;
        struct db_model m = {0};
        ck_assert(!usl_fit(narrow, 6, &lambda, &m));
        ck_assert(!usl_fit(linear, 5, &lambda, &m));
        ck_assert_double_eq(lambda, -1);
        ck_assert(usl_fit(linear, 6, &lambda, &m));
        ck_assert_double_eq_tol(lambda, 100, 0.01);
        ck_assert_double_lt(m.sigma + m.kappa, 1e-6);
        ck_assert(isinf(usl_peak(&(struct db_model){0})));
        ck_assert_double_eq_tol(db_speed(&(struct db_model){.cores = 2}, 8), 0.25, 1e-12);
}
END_TEST

UNIT_MAIN(pool_shared__without_slow_down_is_pool_sim, pool_shared__processor_sharing_is_insensitive,
          pool_shared__a_cap_on_active_sessions_helps_only_a_saturating_database, pool_shared__refuses_what_is_no_shape, usl_fit__published_data,
          usl_fit__says_no_without_range)
