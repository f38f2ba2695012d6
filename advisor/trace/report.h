/* A miss-ratio curve for people and programs: one writer a format. Pure: texts in, texts out. */
#pragma once
#include "base/arena.h"
#include "base/str.h"
#include "cache/curve.h"

enum { REPORT_POINTS_MAX = 200 };

struct report {
        const char *trace, *format;   /* names */
        struct curve_totals totals;
        double span_s;                /* from the first to the last request; NAN without times */
        enum curve_axis axis;         /* of the points */
        size_t n;
        struct curve_point points[REPORT_POINTS_MAX]; /* by size, from small to large */
        double miss_bytes[REPORT_POINTS_MAX];         /* share of bytes missed, on the axis of bytes; else NAN */
        double compulsory;            /* miss ratio without any bound: first requests */
        struct curve_point now;       /* size NAN: not given */
        struct curve_point advised;   /* size NAN: none */
        const char *why;              /* of what is advised, or why nothing is */
        double gain_per_step;         /* hit ratio that a megabyte (or 1000 objects) more would bring at the size now, or at the advised; NAN */
};

/* Chooses sizes, reads the curve there, and advises. now: NAN when not given. target_hit: the objective, 0..1. */
void report_fill(struct report *r, const struct curve *c, enum curve_axis axis, double now, double target_hit);

void report_text(const struct report *r, struct str *out);
void report_json(const struct report *r, struct str *out); /* schema perfadvise-curve/1 */
void report_csv(const struct report *r, struct str *out);
void report_svg(const struct report *r, struct str *out);  /* no script, no style from outside */
const char *report_size(char buf[32], enum curve_axis axis, double size);
