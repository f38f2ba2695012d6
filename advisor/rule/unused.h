/* Suppressions that take nothing back: what they were for is gone, or they never worked. */
#pragma once
#include "rule/finding.h"
#include "rule/scope.h"
#include "rule/suppress.h"

struct unused_env {
        struct arena *arena;
        struct db *db;
        const struct ruleset *set;
        struct suppressions *suppressions;
        struct texts *texts;
        const struct scope *scope; /* or NULL */
        struct analysis *out;
};

/* A note for each that cannot be read, in the files that were looked at. */
void unused_note_faults(const struct unused_env *env);
/*
 * Findings of the rule suppress.unused, level info, from all files of the sources. Only those whose rules were all judged: what could not
 * be judged might need them.
 */
int unused_find(const struct unused_env *env, struct err *err);
