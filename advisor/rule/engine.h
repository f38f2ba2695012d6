/*
 * The rule engine: facts in, findings and recommendations out. Pure but for the sources it reads to honour suppressions: the same
 * history, rules, configuration and oracle answers give the same analysis, byte for byte.
 *
 *      struct rules_env env = {.arena = a, .set = &set, .store = store, .config = config, .facts = facts, .oracle = oracle, ...};
 *      r = rules_run(&env, &analysis, err);
 */
#pragma once
#include "facts.h"
#include "model/oracle.h"
#include "rule/baseline.h"
#include "rule/rule.h"
#include "rule/scope.h"
#include "rule/texts.h"
#include "store/store.h"

struct rules_env {
        struct arena *arena;
        const struct ruleset *set;
        struct store *store;
        const struct config *config;
        const struct facts *facts;
        struct oracle *oracle;  /* never NULL */
        int64_t now_us;         /* when acknowledgements end; the engine has no clock */
        bool code_only;         /* only rules whose needs are code facts: `analyze PATH` */
        const char *only;       /* one rule id, or NULL */
        const char *const *select; /* NULL-terminated: rules by what they are called; NULL: all */
        bool no_advice;         /* findings only */
        const char *const *roots; /* NULL-terminated: where relative files of findings are; NULL: config->source_roots */
        const struct fs_overlay *overlay; /* of a file that is not what is on disk, or NULL */
        const struct scope *scope; /* only findings there are handed over; NULL: all */
        struct baseline *baseline; /* or NULL */
        bool unused_ignores;    /* suppressions that took nothing back are findings too */
        const char *cwd;        /* files below it are shown relative to it; NULL: as they are */
        struct texts *texts;    /* the sources, of the caller who wants to know which were asked for; NULL: the engine's own */
        void (*progress)(void *arg, const char *line); /* may be NULL */
        void *progress_arg;
};

/*
 * Runs the rules over the current window and appends to *out: findings by severity, rule and subject; then the advice of each
 * model, asked once with the rows of all rules that name it; outcomes of all rules; notes on what could not be judged.
 *
 * ERR_CONFIG for a rule that does not prepare or an override that names nothing; ERR_REFUSED when two recommendations turn the
 * same knob.
 */
int rules_run(const struct rules_env *env, struct analysis *out, struct err *err);

/* What people read about the rule of an outcome. */
void rule_describe(const struct rule *rule, struct rule_outcome *o);

/* One model owns each knob: ERR_REFUSED when two changes turn the same one. */
int recommendations_check(struct arena *a, const struct recommendation *recs, size_t n, struct err *err);

/* Writes findings, outcomes and recommendations of out->run into the history. */
int analysis_store(struct store *store, const struct analysis *out, struct err *err);

/* Adds the estimates of all models as SQL functions. */
int rule_functions_add(struct db *db, struct err *err);
