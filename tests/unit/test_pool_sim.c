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
        ck_assert_double_gt(churn.latency_p95_ms, body.latency_p95_ms + 3);
        arena_free(arena);
}
END_TEST

/* The queue as one would write it down: a list of connections, a list of those who wait, a step for each thing that happens. */
static void by_hand(const struct pool_load *l, int size, int overflow, double connect_ms, double *wait_ms)
{
        size_t waiting = 0, arrived = 0, n_busy = 0;
        int idle = 0;
        double *busy = arena_alloc(arena, 64 * sizeof *busy);
        while (waiting < l->n) {
                size_t first = 0;
                for (size_t i = 1; i < n_busy; i++)
                        if (busy[i] < busy[first])
                                first = i;
                bool comes_back = n_busy && (arrived == l->n || busy[first] <= l->at_ms[arrived]);
                double now = comes_back ? busy[first] : l->at_ms[arrived];
                if (comes_back) {
                        busy[first] = busy[--n_busy];
                        idle += waiting < arrived || idle < size;
                } else
                        arrived++;
                while (waiting < arrived && (idle || n_busy < (size_t)(size + overflow))) {
                        double opening = !idle && n_busy >= (size_t)size ? connect_ms : 0;
                        idle -= idle > 0;
                        wait_ms[waiting] = now + opening - l->at_ms[waiting];
                        busy[n_busy++] = now + opening + l->hold_ms[waiting++];
                }
        }
}

START_TEST(pool_sim__each_wait_is_exact)
{
        arena = arena_new();
        static const struct pool_shape shapes[] = {{.size = 1}, {.size = 3}, {.size = 7}, {.size = 2, .overflow = 3, .connect_ms = 9}, {.overflow = 5, .connect_ms = 2}};
        struct hist *h = exponential(30, 1000);
        double *want = arena_alloc(arena, 5000 * sizeof *want);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
                struct pool_load l;
                pool_load_draw(arena, h, 1, 28.0 * (shapes[i].size + shapes[i].overflow), 5000, 31 + i, &l);
                by_hand(&l, shapes[i].size, shapes[i].overflow, shapes[i].connect_ms, want);
                pool_sim(&l, shapes[i]);
                for (size_t k = 0; k < l.n; k++)
                        ck_assert_msg(fabs(l.wait_ms[k] - want[k]) < 1e-6, "shape %zu, arrival %zu: %f, by hand %f", i, k, l.wait_ms[k], want[k]);
        }
        arena_free(arena);
}
END_TEST

START_TEST(pool_sim__quantiles_are_those_of_the_sorted)
{
        arena = arena_new();
        struct pool_load l;
        pool_load_draw(arena, exponential(30, 1000), 1, 60, 20000, 9, &l);
        ck_assert_double_eq_tol(l.at_ms[l.n - 1], 20000 / 60.0 * 1000, 1e-3); /* the asked load, not a lucky one */
        struct pool_wait w = pool_sim_ranks(&l, (struct pool_shape){.size = 2}, 0.01);
        size_t n = l.n - l.warm_up, below[4] = {0};
        for (size_t i = l.warm_up; i < l.n; i++) {
                below[0] += l.wait_ms[i] < w.p95_ms;
                below[1] += l.wait_ms[i] + l.hold_ms[i] < w.latency_p95_ms;
                below[2] += l.wait_ms[i] + l.hold_ms[i] < w.latency_p95_hi_ms;
                below[3] += l.wait_ms[i] < w.p99_ms;
        }
        ck_assert_uint_eq(below[0], n * 95 / 100);
        ck_assert_uint_eq(below[1], n * 95 / 100);
        ck_assert_uint_eq(below[2], n * 96 / 100);
        ck_assert_uint_eq(below[3], n * 99 / 100);
        arena_free(arena);
}
END_TEST

UNIT_MAIN(pool_sim__each_wait_is_exact, pool_sim__quantiles_are_those_of_the_sorted, pool_hist_moments__of_an_exponential, pool_sim__agrees_with_erlang_c, pool_sim__same_seed_same_answer_and_more_is_never_worse,
          pool_sim__overflow_churn)
