/*
 * The judgement over two captures: six figures, every statement, one verdict. Pure; samples.h reads, cmd/verify.c prints.
 *
 * Guardrail: a statement that takes at least 1 % of the database time, and grew by at least 20 % with an interval that excludes 0 and by
 * at least 1 % of that time, is a regression, whatever the figures say; so is a figure that got 20 % worse, provably, and misses its
 * target. A change of a statement is worth a line only from 0.05 ms a call on, and where it takes 0.5 % of the time on a side.
 */
#pragma once
#include "config/config.h"
#include "verify/samples.h"

struct verified_figure {
        struct compare_result r;
        double target;
        bool met;               /* after meets the target */
        bool regression;
        const char *source;
};

struct verified_statement {
        const struct run_statement *before, *after;
        struct compare_result r; /* ms per call */
        double share_frac;       /* of the database time after */
        bool notable;            /* better or worse, and not too small to tell of; a regression always is */
        double saved_ms;         /* (mean before - mean after) x calls after */
        bool regression;
};

struct verification {
        struct verified_figure figures[FIGURE_COUNT];
        VEC(struct verified_statement) statements; /* largest change of total time first */
        size_t regressions;
        enum verdict verdict;
};

struct verification *verification_judge(struct arena *a, const struct config *config, const struct run_samples *before, const struct run_samples *after);
