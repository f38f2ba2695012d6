#include "base/hold.h"

#include <math.h>
#include <string.h>

/* A run of buckets with one density. */
struct run {
        int from;
        double mass, width_s; /* mean number under way, and how wide the ages are */
};

static double edge_s(int b)
{
        return b ? exp2(b / 16.0) / 1e6 : 0;
}

static bool falls(const struct run *a, const struct run *b)
{
        return a->mass * b->width_s >= b->mass * a->width_s;
}

/* Pool adjacent violators, from the shortest age on. */
static int pooled(const struct hist *ages, double looks, struct run runs[HIST_BUCKETS])
{
        int n = 0;
        for (int b = 0; b < HIST_BUCKETS; b++) {
                runs[n++] = (struct run){.from = b, .mass = (double)ages->n[b] / looks, .width_s = edge_s(b + 1) - edge_s(b)};
                while (n > 1 && !falls(&runs[n - 2], &runs[n - 1])) {
                        runs[n - 2].mass += runs[n - 1].mass;
                        runs[n - 2].width_s += runs[n - 1].width_s;
                        n--;
                }
        }
        return n;
}

/* Puts the holds whose rank lies between two shares into the bucket at whose end the survival falls. */
static void put(struct hist *h, int b, double before, double after, double count)
{
        uint64_t n = (uint64_t)llround(before * count) - (uint64_t)llround(after * count);
        if (n)
                hist_add_n(h, exp2((b + 0.5) / 16), n);
}

int hold_from_ages(const struct hist *ages, double looks, double rate_hz, uint64_t count, struct hist *ret_holds)
{
        if (!(looks > 0) || !(rate_hz > 0) || !isfinite(looks) || !isfinite(rate_hz) || !count || count > (uint64_t)1 << 52)
                return -1;
        struct run runs[HIST_BUCKETS];
        memset(ret_holds, 0, sizeof *ret_holds);
        int n = pooled(ages, looks, runs);
        double before = 1; /* share of holds that last longer */
        for (int i = 0; i < n; i++) {
                double after = runs[i].mass / runs[i].width_s / rate_hz;
                after = after < before ? after : before;
                put(ret_holds, runs[i].from ? runs[i].from - 1 : 0, before, after, (double)count);
                before = after;
        }
        put(ret_holds, HIST_BUCKETS - 1, before, 0, (double)count);
        return 0;
}
