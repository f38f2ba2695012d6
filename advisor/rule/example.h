/*
 * The examples of a rule, run: facts go into an empty history in memory, the rule runs over them, its findings must be the expected.
 *
 * What an example may rely on: run 1 is a finished capture of ten minutes (1790000000000000 .. 1790000600000000 us); targets are
 * 1 main (postgres), 2 pooler (pgbouncer), 3 cache (redis), 4 fleet (supervisor), 5 host, 6 events, 7 source. Facts that the rule
 * needs count as ok unless the example says otherwise in fact_state.
 */
#pragma once
#include "rule/rule.h"

enum { EXAMPLE_RUN = 1, EXAMPLE_SOURCE_TARGET = 7 };
#define EXAMPLE_START_US INT64_C(1790000000000000)
#define EXAMPLE_END_US INT64_C(1790000600000000)

struct store;

struct example_result {
        const char *name;      /* file names, for people */
        const char *why;       /* what differs, NULL when all is as expected */
        unsigned severities;   /* bit per severity that was reached */
        bool silent;           /* nothing was expected, and nothing fired */
};

/*
 * `analyse_source` fills the store's run and target from one source file (the source probe, which this module must not know);
 * NULL when there is none: examples by source then fail saying so. ERR_* only when the example itself cannot be run.
 */
struct example_env {
        struct arena *arena;
        const struct ruleset *set;
        const struct config *config;
        int (*analyse_source)(void *arg, struct store *store, int64_t run, int64_t target, const char *path, struct err *err);
        void *arg;
};
int rule_example_run(const struct example_env *env, const struct rule *rule, const struct rule_example *example,
                     struct example_result *ret_result, struct err *err);
