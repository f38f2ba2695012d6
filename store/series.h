/*
 * Series: a few figures of each capture that outlive it. A point an hour while it is young, a point a day later (store_series_thin), for as long
 * as runs are kept. What is a percentile keeps its histogram, since percentiles cannot be added up.
 *
 * A metric is a row of the table in series.c: what it is called, its unit, which way is worse, and the SQL that reads it from one capture.
 */
#pragma once
#include "store/store.h"

enum series_worse { SERIES_UP, SERIES_EITHER };

struct series_metric {
        const char *name;      /* statement.mean, event.p95, ... */
        const char *unit;      /* of a point's integer: ns, bytes, ppm */
        bool is_size;          /* what counts is how fast it grows */
        enum series_worse worse;
        const char *sql;       /* ?1 a capture: target_id, object, slot, n, value, tag, hist; NULL in value: from hist */
};

extern const struct series_metric series_metrics[]; /* ends with a NULL name */

/* Takes the figures of all finished captures that are not in the series yet; as one transaction a capture. */
int store_series_update(struct store *s, struct err *err);

/* Hours before `before_us` become days; points of days before `keep_us` go. */
int store_series_thin(struct store *s, int64_t before_us, int64_t keep_us, struct err *err);
