#include "cache/dist.h"
#include "cache/memory.h"

#include <stdlib.h>
#include <string.h>

void dist_release(struct dist *d)
{
        free(d->n);
        *d = (struct dist){.bits = d->bits};
}

void dist_grow(struct dist *d, size_t index)
{
        size_t len = d->len ? d->len + d->len / 2 : 64;
        if (len <= index)
                len = index + 1;
        d->n = cache_realloc(d->n, len, sizeof *d->n);
        memset(d->n + d->len, 0, (len - d->len) * sizeof *d->n);
        d->len = len;
}

static uint64_t bin_begin(const struct dist *d, size_t index)
{
        size_t shift = index >> d->bits;
        return shift < 2 ? index : (uint64_t)(index - ((shift - 1) << d->bits)) << (shift - 1);
}

double dist_bin_end(const struct dist *d, size_t index)
{
        return (double)bin_begin(d, index + 1) - 1;
}

double dist_upto(const struct dist *d, double distance)
{
        if (!(distance >= 1))
                return d->len ? d->n[0] : 0;
        if (distance > 9e18)
                return d->sum;
        size_t last = dist_index(d, (uint64_t)distance);
        double below = 0;
        for (size_t i = 0; i < last && i < d->len; i++)
                below += d->n[i];
        if (last >= d->len)
                return below;
        double begin = (double)bin_begin(d, last), width = dist_bin_end(d, last) + 1 - begin;
        double part = width <= 1 ? 1 : (distance - begin + 1) / width;
        return below + d->n[last] * (part > 1 ? 1 : part);
}
