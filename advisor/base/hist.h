/*
 * A mergeable histogram of latencies in logarithmic buckets: 16 buckets an octave, relative error at most 2.2 %.
 *
 * Percentiles of percentiles are wrong; histograms of different processes, hours and hosts can be added. Bucket b holds
 * values in [2^(b/16), 2^((b+1)/16)) microseconds; b = 0 also takes everything below 1 us. Stored as text "b:n b:n ...",
 * sorted, sparse: readable, diffable, mergeable by SQL function hist_merge().
 */
#pragma once
#include "base/str.h"

#include <stdint.h>

enum { HIST_BUCKETS = 16 * 40 }; /* up to 2^40 us: 12 days */

struct hist {
        uint64_t n[HIST_BUCKETS];
        uint64_t count;
        double sum_us;
};

void hist_add(struct hist *h, double us);
void hist_add_n(struct hist *h, double us, uint64_t n);
void hist_merge(struct hist *h, const struct hist *other);

/* Value in microseconds at quantile q (0..1), the geometric middle of its bucket; NAN when empty. */
double hist_quantile_us(const struct hist *h, double q);

void hist_format(const struct hist *h, struct str *out);
/* Adds the buckets of a text to h. Returns -1 (h unspecified) when the text is not a histogram. The sum is estimated. */
int hist_parse(struct hist *h, const char *text);
