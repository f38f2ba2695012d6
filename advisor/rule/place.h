/*
 * What the facts know of the place of a finding, so that rules need not say it: where the range ends, how it came about, and what
 * it costs where the history has seen it run.
 *
 * A rule names file, line and col; the row of a code fact that begins there gives the range: one with the finding's own snippet before
 * others, then the shortest. A rule may say more with the columns byte_start, byte_end and trail.
 */
#pragma once
#include "rule/finding.h"
#include "rule/texts.h"

struct placing {
        struct arena *arena;
        struct db *db;       /* not fenced */
        struct texts *texts;
};

/* Completes the findings. Those whose source is not at hand, or is another one by now, keep line and col alone. */
int places_find(const struct placing *p, struct fired *fired, size_t n, struct err *err);
