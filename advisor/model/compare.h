/*
 * Before against after, with the noise taken seriously: every answer is an estimate with a 95 % interval, and a difference whose
 * interval holds 0 is "same". Never a bare difference of means.
 *
 *   p95s and ratios   moving-block bootstrap over the capture's intervals (1 to 5 s each): calls within an interval depend on each
 *                     other, intervals far apart hardly do. The interval is widened by Student's t for few blocks.
 *   samples           Mann-Whitney with ties, and the Hodges-Lehmann shift with its interval: for a handful of process starts
 *   statements        Welch's interval on the mean of a call, from count, mean and deviation: all that pg_stat_statements has
 *
 * Deterministic: the seed is part of the input. Sources and limits: docs/models/compare.md.
 */
#pragma once
#include "base/arena.h"
#include "base/hist.h"

#include <stdbool.h>
#include <stddef.h>

enum verdict { VERDICT_UNKNOWN, VERDICT_SAME, VERDICT_BETTER, VERDICT_WORSE, VERDICT_COUNT };
extern const char *const verdict_names[VERDICT_COUNT];

/* One interval of a capture: a histogram, or a numerator and a denominator. */
struct compare_block {
        const struct hist *hist;
        double num, den;
};

struct compare_side {
        const struct compare_block *blocks;
        size_t n;
};

struct compare_result {
        double before, after;
        double lo, hi;        /* 95 % interval of after - before; NAN unknown */
        double n_before, n_after;
        enum verdict verdict; /* as if less were better; see compare_flip */
        const char *reason;   /* why it is unknown */
        const char *method;
};

enum { COMPARE_BLOCKS_MIN = 4, COMPARE_SAMPLES_MIN = 4, COMPARE_RESAMPLES = 1000 };

struct compare_result compare_quantile(struct arena *a, struct compare_side before, struct compare_side after, double q, uint64_t seed);
struct compare_result compare_ratio(struct arena *a, struct compare_side before, struct compare_side after, uint64_t seed);
struct compare_result compare_samples(struct arena *a, const double *before, size_t n_before, const double *after, size_t n_after);

/* Count, mean and deviation of a call. */
struct compare_mean {
        double n, mean, stddev;
};
struct compare_result compare_means(struct compare_mean before, struct compare_mean after);

/* For figures of which more is better. */
void compare_flip(struct compare_result *r);

/* Quantile with interpolation within a bucket, milliseconds: steps of 4 % would hide small changes. */
double compare_hist_quantile_ms(const struct hist *h, double q);

/* Two-sided p of Mann-Whitney (normal approximation with tie and continuity correction). */
double compare_mann_whitney(struct arena *a, const double *x, size_t nx, const double *y, size_t ny);
