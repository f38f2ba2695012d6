/*
 * What is advised, and why. The objective of the configuration (cache_hit) wins when a size reaches it: the smallest such size. Where none does, the size
 * from which doubling brings less than a point of hit ratio. A cache that is already there gets no advice to move by less than a point.
 */
#include "trace/report.h"

#include <math.h>

enum { STEPS = 48 };

static double round_size(double size)
{
        double unit = pow(10, floor(log10(size)) - 1);
        return size < 100 ? ceil(size) : ceil(size / unit) * unit;
}

static void choose_points(struct report *r, const struct curve *c, double reach)
{
        double first = r->axis == CURVE_OBJECTS ? 1 : fmax(1, r->totals.keys_bytes / fmax(1, r->totals.keys));
        double from = fmax(first, reach / 4096), step = pow(fmax(reach, from * 2) / from, 1.0 / (STEPS - 1));
        double last = 0;
        for (double size = from; r->n < STEPS && last < reach; size *= step) {
                double s = fmin(round_size(size), ceil(reach));
                if (s <= last)
                        continue;
                r->points[r->n] = curve_at(c, r->axis, s);
                r->miss_bytes[r->n++] = r->axis == CURVE_OBJECTS ? NAN : curve_miss(c, CURVE_BYTES_READ, s);
                last = s;
        }
}

/* The size from which twice as much brings less than a point. */
static double knee(const struct curve *c, enum curve_axis axis, double reach)
{
        double size = reach;
        for (int i = 0; i < 400 && size > 1; i++) {
                double smaller = size / 1.05;
                if (curve_miss(c, axis, smaller) - curve_miss(c, axis, 2 * smaller) >= 0.01)
                        break;
                size = smaller;
        }
        return size > 1 ? round_size(size) : NAN;
}

static void advise(struct report *r, const struct curve *c, double reach, double target_hit)
{
        double wanted = curve_size_for(c, r->axis, 1 - target_hit), size = isnan(wanted) ? knee(c, r->axis, reach) : round_size(wanted);
        r->advised.size = NAN;
        if (isnan(size) || r->totals.requests < 1000) {
                r->why = r->totals.requests < 1000 ? "fewer than 1000 requests tell nothing" : "no size gains a point";
                return;
        }
        struct curve_point at = curve_at(c, r->axis, size);
        bool have = !isnan(r->now.size);
        if (have && fabs(at.miss - r->now.miss) < 0.01 && size > r->now.size * 0.5) {
                r->why = "the size now is within a point of what a better one would give";
                return;
        }
        r->advised = at;
        r->why = isnan(wanted) ? "no size reaches the objective; beyond this one, twice as much brings less than a point" : "the smallest size that reaches the objective";
}

void report_fill(struct report *r, const struct curve *c, enum curve_axis axis, double now, double target_hit)
{
        double reach = fmax(1, curve_reach(c, axis));
        curve_totals(c, &r->totals);
        r->axis = axis;
        choose_points(r, c, reach);
        r->compulsory = curve_miss(c, axis, reach);
        r->now = isnan(now) ? (struct curve_point){NAN, NAN, NAN, NAN} : curve_at(c, axis, now);
        advise(r, c, reach, target_hit);
        double at = !isnan(r->now.size) ? r->now.size : r->advised.size, step = axis == CURVE_OBJECTS ? 1000 : 1 << 20;
        r->gain_per_step = curve_miss(c, axis, at) - curve_miss(c, axis, at + step);
}
