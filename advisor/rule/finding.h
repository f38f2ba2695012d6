/* From a row that a rule returned to a finding. */
#pragma once
#include "rule/hit.h"

struct fired {
        struct finding finding;
        const struct rule *rule;
        struct hit hit;
};

struct finding_env {
        struct arena *arena;
        struct db *db;
        const struct config *config;
        int64_t now_us;
};

/* nth: of the rows with one subject and discriminator, which only their order tells apart; from 1. */
struct fired finding_of(const struct finding_env *env, const struct rule *rule, const struct hit *h, int nth);
bool is_same_thing(const struct hit *a, const struct hit *b);
/* By severity, cost, rule, subject, place. */
int fired_compare(const void *x, const void *y);
