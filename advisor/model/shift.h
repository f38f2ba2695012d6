/*
 * Has the level of a nightly series moved? A generalized likelihood ratio chart on the residuals of an AR(1) model with weekday effects.
 *
 *   log y(day) = level + weekday(day) + plan(day) + noise,     noise(day) = rho * noise(day - 1) + fresh
 *
 * is fitted to a reference (half a year, without the last SHIFT_WINDOW nights); then, for every night of the window on which a step may have
 * begun, the step's size and its t are computed by generalized least squares, errors of the fit included, and the largest t decides. A step
 * leaves a signature in whitened residuals: whole on its first night, (1 - rho) of itself on later ones. A plan that was in use before
 * has a level of its own, so going back to it is no news. A step must have been seen on two nights, or on a day of eight captures: one bad
 * night is weather.
 *
 * Sources, why this method, what it can and cannot find: docs/models/shift.md. Pure; deterministic.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { SHIFT_WINDOW = 28, SHIFT_REFERENCE = 182, SHIFT_POINTS_MIN = 14, SHIFT_POINTS_MAX = SHIFT_WINDOW + SHIFT_REFERENCE, SHIFT_REGIMES = 4, SHIFT_SOLID = 8 };

/* One day; at most one point a day, sorted. */
struct shift_point {
        int64_t day;     /* since 1970; day % 7 is the weekday */
        double value;
        int regime;      /* of the plan, >= 0; the same number is the same plan */
        int looks;       /* captures that it is the mean of: from SHIFT_SOLID on, the day needs no second one beside it */
};

enum shift_scale { SHIFT_LOG, SHIFT_LINEAR }; /* log: value > 0, steps are ratios; linear: steps are differences */

struct shift_options {
        enum shift_scale scale;
        double sigma_floor;   /* noise is at least this (of logarithms, or in units of value); > 0 */
        double rho;           /* autocorrelation of series of this kind, 0..0.8; NAN: only this one is known */
        double limit;         /* the score from which a step is one, see shift_limit() */
};

enum shift_status { SHIFT_UNKNOWN, SHIFT_STEADY, SHIFT_UP, SHIFT_DOWN };

struct shift {
        enum shift_status status;
        size_t missing;       /* UNKNOWN: so many more nights are wanted */
        int64_t since;        /* day on which the likeliest step began */
        size_t nights;        /* seen since then */
        double step, lo, hi;  /* ratio (log) or difference (linear) with its 95 % interval; not corrected for having chosen `since` */
        double usual;         /* what the last night would have been without it */
        double score;         /* standard normal; > 0 up */
        double sigma, rho;    /* noise of one night */
        double findable;      /* the step (ratio or difference) found in nine of ten cases within 7 nights */
};

/* Judges the last point against those before it. n may be 0. */
struct shift shift_judge(const struct shift_point *points, size_t n, const struct shift_options *o);

/* Lag-1 autocorrelation of the reference after weekday and plan effects, corrected for its bias; NAN with fewer than 28 points. */
double shift_rho(const struct shift_point *points, size_t n, enum shift_scale scale);

/*
 * The limit at which `series` series, judged every night, give about one false alert a month. Calibrated by simulation; docs/models/shift.md.
 */
double shift_limit(double series);
