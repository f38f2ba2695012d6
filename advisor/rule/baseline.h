/*
 * A baseline: the findings of one day, written down so that only what is new or worse is shown from then on. A file for people and for
 * git: one finding a line, sorted, each with the day on which it ends and a reason where somebody gave one.
 *
 *      version: 1
 *      findings:
 *      - { key: "8c9b9078f30a", rule: code.query_in_loop, severity: critical, count: 2, file: "src/bot.py", until: 2027-01-31, reason: "..." }
 *
 * Findings that only their order tells apart share one line and are counted: lines moving about change nothing.
 */
#pragma once
#include "base/str.h"
#include "rule/rule.h"

#include <stdbool.h>

struct baseline_entry {
        const char *key, *rule, *file;
        enum severity severity;
        int count;
        const char *until, *reason; /* or NULL */
        bool ended;
        int seen;
};

struct baseline {
        const char *path;
        VEC(struct baseline_entry) entries;
};

/* ERR_CONFIG with the position for whatever is wrong. */
int baseline_load(struct arena *a, const char *path, int64_t now_us, struct baseline **ret_baseline, struct err *err);
/*
 * Whether the baseline holds a finding: sets f->quiet. What is worse, or one more than were counted, or past its day stays, with a note.
 * Each finding is asked about once.
 */
void baseline_judge(struct arena *a, struct baseline *b, struct finding *f);
/* What a later analysis needs of this one's findings, inventory left out; until and reason are kept from `old` (may be NULL). */
void baseline_write(struct arena *a, const struct analysis *from, const struct baseline *old, struct str *out);
/* Fills out->baseline. Entries of rules that could not be judged are not gone. */
void baseline_summary(struct arena *a, const struct baseline *b, struct analysis *out);
