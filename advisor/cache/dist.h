/*
 * Weights by reuse distance: each distance on its own below 2^(bits + 1), above in 2^bits steps an octave. Grows with the largest distance.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct dist {
        unsigned bits;
        size_t len;
        double *n;
        double sum;
};

void dist_release(struct dist *d);
void dist_grow(struct dist *d, size_t index);
double dist_upto(const struct dist *d, double distance); /* weight of at most this distance; linear within a step */
double dist_bin_end(const struct dist *d, size_t index); /* the largest distance of a step */

static inline size_t dist_index(const struct dist *d, uint64_t distance)
{
        int top = 63 - __builtin_clzll(distance | 1), shift = top > (int)d->bits ? top - (int)d->bits : 0;
        return ((size_t)shift << d->bits) + (distance >> shift);
}

static inline void dist_add_at(struct dist *d, size_t index, double weight)
{
        if (index >= d->len)
                dist_grow(d, index);
        d->n[index] += weight;
        d->sum += weight;
}
