/*
 * What verification compares: the samples of single runs, interval by interval. All in the arena of the caller.
 */
#pragma once
#include "base/arena.h"
#include "config/config.h"
#include "model/compare.h"
#include "store/store.h"

/* How one of the six figures was observed in one run. */
struct run_figure {
        VEC(struct compare_block) blocks; /* p95s and ratios */
        VEC(double) samples;              /* starts */
        const char *source;               /* what it was read from, or NULL */
};

/* A statement's calls within one run, from the two snapshots. */
struct run_statement {
        const char *queryid, *target, *query, *fingerprint;
        struct compare_mean ms;
        double total_ms;
};

struct run_samples {
        int64_t run, started_us, ended_us;
        struct run_figure figures[FIGURE_COUNT];
        VEC(struct run_statement) statements; /* by target, queryid; without our own, and what drivers say at connect */
};

int run_samples_load(struct arena *a, struct store *store, int64_t run, struct run_samples **ret_samples, struct err *err);

/* The change-set that verification is about, and its two captures. */
struct verify_subject {
        const char *change_set, *path; /* NULL: no change-set, only two runs */
        int64_t before, after;
};

/*
 * name NULL: the newest applied change-set. before, after 0: the capture it was made from, and the newest capture begun since it was
 * applied. ERR_USAGE with a hint when there is none.
 */
int verify_find(struct arena *a, struct store *store, const char *name, int64_t before, int64_t after, struct verify_subject *ret_subject,
                struct err *err);
