/* What curve.c (following the requests) and curve_points.c (reading the result) share. */
#pragma once
#include "cache/curve.h"
#include "cache/dist.h"
#include "cache/keys.h"
#include "cache/slots.h"

enum { CURVE_GROUPS = 8, CURVE_CHUNK = 256 };

/* Along one axis: requests that were followed for certain, and those that stand for others, in groups of keys. */
struct tally {
        struct dist certain, sampled;
        struct dist groups[CURVE_GROUPS];
        double cold_certain, cold_sampled, cold_groups[CURVE_GROUPS]; /* first requests of a key */
        double total; /* what there was to be counted: requests or bytes */
};

/* A weight that is added at the end of the chunk: together, such additions wait for memory once and not one by one. */
struct later {
        struct dist *to;
        size_t index;
        double weight;
};

struct curve {
        uint64_t seed;
        size_t keys_max, hot_max;
        bool sizes;
        uint64_t threshold;  /* followed when the lower half of the hash is below; 2^32: all */
        double weight;       /* 2^32 / threshold */
        struct keys keys;
        size_t hot_len;
        struct slots order, hot_order;         /* of all followed keys; of the hot ones among them */
        struct sums order_sizes, hot_sizes;    /* when `sizes` */
        uint64_t *maybe_hot; /* a bit for some bits of each hot key's hash */
        uint32_t maybe_mask;
        uint8_t *seen;       /* how often others than hot keys came, by some bits of their hash */
        uint32_t seen_mask;
        uint32_t seen_adds;  /* since the counts were halved */
        struct tally tallies[CURVE_AXIS_COUNT];
        uint32_t dice;       /* which requests are noticed */
        struct later later[CURVE_CHUNK * 2 * CURVE_AXIS_COUNT];
        size_t later_len;
        uint64_t pending[CURVE_CHUNK];
        size_t pending_len;
};
