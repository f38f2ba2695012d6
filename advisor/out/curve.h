/* The curve of a pool for people: a table for terminals, a picture for pages. */
#pragma once
#include "base/str.h"
#include "change/change.h"

/*
 *   size      wait p50 / p95 / p99        latency p50 / p95 / p99      p95 between
 *      4      0 / 21 / 80 ms              1.9 / 182 / 410 ms           165 .. 230 ms
 *      7 <-   advised
 * Lines of at most 80 columns after `indent`. Marks the present and the advised size.
 */
void curve_text(struct str *out, const struct curve *c, int indent);

/* An <svg> element without links, scripts or styles from elsewhere: latency and wait by size, logarithmic in ms, the interval as a band. */
void curve_svg(struct str *out, const struct curve *c);
