/*
 * Reads a curve. The sampled requests are corrected to what is known: all requests were counted, and those that the certain ones and the first
 * requests leave over are what the sampled ones stand for.
 */
#include "cache/curve_impl.h"

#include <math.h>

/* Factor on a group of sampled requests, so that all sum to the total; `groups`: 1, or 8 for one group that stands for all. */
static double correction(const struct tally *t, double sampled_sum, double cold, double groups)
{
        double rest = t->total - t->certain.sum - t->cold_certain - cold * groups;
        return sampled_sum > 0 && rest > 0 ? rest / (sampled_sum * groups) : 1;
}

static double miss(const struct tally *t, double size)
{
        if (size < 1)
                return 1;
        double hits = dist_upto(&t->certain, size);
        if (t->sampled.sum > 0)
                hits += correction(t, t->sampled.sum, t->cold_sampled, 1) * dist_upto(&t->sampled, size);
        double m = 1 - hits / t->total;
        return m < 0 ? 0 : m;
}

static bool has(const struct curve *c, enum curve_axis axis)
{
        return c->tallies[axis].total > 0 && (axis == CURVE_OBJECTS || c->sizes);
}

double curve_miss(const struct curve *c, enum curve_axis axis, double size)
{
        return has(c, axis) ? miss(&c->tallies[axis], size) : NAN;
}

/* Standard error from groups of keys that share none. */
static double spread(const struct tally *t, double size)
{
        double of[CURVE_GROUPS], mean = 0, squares = 0;
        for (int g = 0; g < CURVE_GROUPS; g++) {
                of[g] = CURVE_GROUPS * correction(t, t->groups[g].sum, t->cold_groups[g], CURVE_GROUPS) * dist_upto(&t->groups[g], size) / t->total;
                mean += of[g] / CURVE_GROUPS;
        }
        for (int g = 0; g < CURVE_GROUPS; g++)
                squares += (of[g] - mean) * (of[g] - mean);
        return sqrt(squares / (CURVE_GROUPS - 1) / CURVE_GROUPS);
}

/* Distances are estimates, too: of the n sampled keys in a cache of this size, n is off by the root of n (1 - R). */
static double slope_error(const struct curve *c, const struct tally *t, enum curve_axis axis, double size)
{
        double rate = 1 / c->weight, objects = size;
        if (axis != CURVE_OBJECTS && c->order.live)
                objects = size / ((double)c->order_sizes.live / (double)c->order.live);
        double sampled = (objects - (double)c->hot_len) * rate;
        if (!(sampled > 1))
                return 0;
        double off = size * sqrt((1 - rate) / sampled);
        return fabs(miss(t, size - off) - miss(t, size + off)) / 2;
}

struct curve_point curve_at(const struct curve *c, enum curve_axis axis, double size)
{
        double m = curve_miss(c, axis, size);
        struct curve_point p = {size, m, m, m};
        const struct tally *t = &c->tallies[axis];
        if (isnan(m) || t->sampled.sum <= 0 || size < 1)
                return p;
        static const double t7 = 2.365; /* Student, 97.5 %, 7 degrees of freedom */
        double off = t7 * hypot(spread(t, size), slope_error(c, t, axis, size));
        p.lo = m > off ? m - off : 0;
        p.hi = m + off < 1 ? m + off : 1;
        return p;
}

double curve_reach(const struct curve *c, enum curve_axis axis)
{
        const struct tally *t = &c->tallies[axis];
        double reach = 0;
        const struct dist *both[] = {&t->certain, &t->sampled};
        for (int k = 0; k < 2; k++)
                for (size_t i = both[k]->len; i-- > 0;)
                        if (both[k]->n[i] > 0) {
                                reach = fmax(reach, dist_bin_end(both[k], i));
                                break;
                        }
        return has(c, axis) ? reach : NAN;
}

double curve_size_for(const struct curve *c, enum curve_axis axis, double wanted)
{
        double lo = 0, hi = curve_reach(c, axis);
        if (isnan(hi) || curve_miss(c, axis, hi) > wanted)
                return NAN;
        while (hi - lo > 1 && (axis == CURVE_OBJECTS || hi - lo > hi / 1024)) {
                double middle = floor((lo + hi) / 2);
                *(curve_miss(c, axis, middle) <= wanted ? &hi : &lo) = middle;
        }
        return hi;
}

void curve_totals(const struct curve *c, struct curve_totals *ret)
{
        const struct tally *t = &c->tallies[CURVE_OBJECTS];
        struct curve_totals s = {.requests = t->total, .bytes = c->sizes ? c->tallies[CURVE_BYTES_READ].total : NAN};
        s.keys = t->cold_certain + t->cold_sampled;
        s.sampled_frac = 1 / c->weight;
        s.hot = c->hot_len;
        double mean = c->order.live ? (double)c->order_sizes.live / (double)c->order.live : NAN, once = 0, followed = 0;
        s.keys_bytes = c->sizes ? mean * s.keys : NAN;
        for (const struct tracked *k = keys_first(&c->keys); k; k = keys_next(&c->keys, (struct tracked *)k))
                if (!(k->count & TRACKED_HOT)) {
                        followed++;
                        once += k->count == 1;
                }
        s.once_frac = followed > 0 ? once / (followed + (double)c->hot_len / c->weight) : NAN;
        s.memory_bytes = sizeof *c + keys_bytes(&c->keys) + slots_bytes(&c->order) + slots_bytes(&c->hot_order);
        if (c->sizes)
                s.memory_bytes += sums_bytes(&c->order_sizes) + sums_bytes(&c->hot_sizes);
        for (int a = 0; a < CURVE_AXIS_COUNT; a++)
                s.memory_bytes += (c->tallies[a].certain.len + c->tallies[a].sampled.len) * sizeof(double);
        s.memory_bytes += c->maybe_hot ? (c->maybe_mask + 1) / 8 + c->seen_mask + 1 : 0;
        *ret = s;
}
