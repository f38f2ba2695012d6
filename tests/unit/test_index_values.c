/* Answers for typical, frequent and rare values of the parameters are different questions, recorded and replayed apart. */
#include "oracle/oracles.h"
#include "store/store.h"
#include "tests/lib/unit.h"

#include <math.h>

static struct oracle *inner;

static void answer(void *arg, const struct oracle_index *indexes, size_t n, const char *queryid, const char *query, struct oracle_answer *ret)
{
        (void)arg, (void)indexes, (void)n, (void)queryid, (void)query;
        ret->cost_pg = 100 * (1 + (int)inner->values);
        ret->plan_hash = "h";
        ret->method = inner->values == ORACLE_RARE ? "generic" : "sampled";
}

static double cost_with(struct oracle *o, enum oracle_values values, const char **ret_method)
{
        struct oracle_answer given;
        struct err err = {0};
        o->values = values;
        ck_assert_int_eq(o->set_indexes(o->arg, NULL, 0, &err), 0);
        ck_assert_int_eq(o->cost(o->arg, "1", "SELECT a FROM t WHERE b = $1", &given, &err), 0);
        *ret_method = given.method;
        return given.failure ? NAN : given.cost_pg;
}

START_TEST(recorded__values_are_questions_of_their_own)
{
        struct arena *a = arena_new();
        struct store *store = NULL;
        struct oracle *recorded;
        struct err err = {0};
        const char *method;
        int64_t run, target;
        ck_assert_int_eq(store_open(NULL, STORE_MEMORY, &store, &err), 0);
        ck_assert_int_eq(store_run_begin(store, "analysis", NULL, 0, &run, &err), 0);
        ck_assert_int_eq(store_target(store, "db", "postgres", &target, &err), 0);
        inner = oracle_scripted(a, answer, NULL);
        struct oracle *recording = oracle_recording(a, inner, store, run, target);
        for (int again = 0; again < 2; again++) {
                ck_assert_double_eq(cost_with(recording, ORACLE_TYPICAL, &method), 100);
                ck_assert_double_eq(cost_with(recording, ORACLE_FREQUENT, &method), 200);
                ck_assert_str_eq(method, "sampled");
        }
        ck_assert_uint_eq(recording->calls, 2);
        recording->close(recording->arg);
        ck_assert_int_eq(oracle_open_recorded(a, store, run, 0, &recorded, &err), 0);
        ck_assert_double_eq(cost_with(recorded, ORACLE_FREQUENT, &method), 200);
        ck_assert_str_eq(method, "sampled");
        ck_assert_double_eq(cost_with(recorded, ORACLE_TYPICAL, &method), 100);
        ck_assert(isnan(cost_with(recorded, ORACLE_RARE, &method))); /* it was never asked, and is not made up from another */
        store_close(store);
        arena_free(a);
}
END_TEST

UNIT_MAIN(recorded__values_are_questions_of_their_own)
