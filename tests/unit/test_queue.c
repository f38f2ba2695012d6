#include "model/queue.h"
#include "tests/lib/unit.h"

/* Exact by hand: c = 1 gives rho; c = 2, a = 1 gives 1/3; c = 3, a = 2 gives 4/9. */
START_TEST(queue_erlang_c__closed_values)
{
        ck_assert_double_eq_tol(queue_erlang_c(1, 0.7), 0.7, 1e-12);
        ck_assert_double_eq_tol(queue_erlang_c(2, 1), 1.0 / 3, 1e-12);
        ck_assert_double_eq_tol(queue_erlang_c(3, 2), 4.0 / 9, 1e-12);
        ck_assert_double_eq(queue_erlang_c(2, 2), 1);
        ck_assert_double_nan(queue_erlang_c(0, 1));
        ck_assert_double_eq(queue_erlang_c(5, 0), 0);
        ck_assert(queue_erlang_c(1000, 990) > 0 && queue_erlang_c(1000, 990) < 1);
}
END_TEST

/* The worked example that Erlang C is usually taught with: 360 calls in half an hour of 4 minutes each, 55 agents:
   48 erlangs, probability of waiting 0.239, mean wait 8.2 s. And 10 erlangs at 14 agents: 17.4 %, 7.8 s with 3 minute calls. */
START_TEST(queue_erlang_c__published_examples)
{
        ck_assert_double_eq_tol(queue_erlang_c(55, 48), 0.239, 0.0005);
        ck_assert_double_eq_tol(queue_wait_mmc(55, 48, 240), 8.2, 0.05);
        ck_assert_double_eq_tol(queue_erlang_c(14, 10), 0.174, 0.0005);
        ck_assert_double_eq_tol(queue_wait_mmc(14, 10, 180), 7.8, 0.05);
}
END_TEST

START_TEST(queue_wait_kimura__meets_its_limits)
{
        for (int c = 1; c <= 16; c *= 2)
                for (double rho = 0.3; rho < 1; rho += 0.2) {
                        double a = rho * c;
                        ck_assert_double_eq_tol(queue_wait_kimura(c, a, 10, 1), queue_wait_mmc(c, a, 10), 1e-9);
                        ck_assert_double_eq_tol(queue_wait_kimura(c, a, 10, 0), queue_wait_mdc(c, a, 10), 1e-9);
                        ck_assert_double_le(queue_wait_kimura(c, a, 10, 5), queue_wait_allen_cunneen(c, a, 10, 5) + 1e-9);
                }
        /* Pollaczek-Khinchine is exact for one server, and both approximations equal it there. */
        ck_assert_double_eq_tol(queue_wait_kimura(1, 0.5, 10, 3), 0.5 / 0.5 * 10 * (1 + 3) / 2, 1e-9);
        ck_assert_double_eq_tol(queue_wait_allen_cunneen(1, 0.5, 10, 3), 20, 1e-9);
}
END_TEST

START_TEST(queue_wait__without_end_when_overloaded)
{
        ck_assert(isinf(queue_wait_mmc(2, 2, 10)));
        ck_assert(isinf(queue_wait_kimura(2, 3, 10, 2)));
        ck_assert(isinf(queue_wait_quantile(4, 4.5, 10, 1, 0.95)));
        ck_assert_double_eq(queue_wait_quantile(20, 1, 10, 1, 0.95), 0);
        /* M/M/1: P(W > t) = rho exp(-(1 - rho) t / hold). */
        ck_assert_double_eq_tol(queue_wait_quantile(1, 0.8, 10, 1, 0.95), 10 / 0.2 * log(0.8 / 0.05), 1e-9);
}
END_TEST

UNIT_MAIN(queue_erlang_c__closed_values, queue_erlang_c__published_examples, queue_wait_kimura__meets_its_limits,
          queue_wait__without_end_when_overloaded)
