/*
 * Miss-ratio curve of an LRU cache in one pass: what every size would have missed, in objects and in bytes.
 *
 *      struct curve *c = curve_new(&(struct curve_options){.memory_bytes = 64 << 20});
 *      while ((n = ...) > 0)
 *              curve_add(c, requests, n);
 *      double now = curve_miss(c, CURVE_OBJECTS, 10000), twice = curve_miss(c, CURVE_OBJECTS, 20000);
 *      curve_free(c);
 *
 * Exact while the distinct keys fit into memory_bytes (about 45 bytes a key, 61 with sizes); beyond, the hottest keys are still followed one
 * by one, and of the others those below a threshold of their hash, which falls as more of them come (fixed-size SHARDS).
 * There is one path for both: exact is the threshold at 1. Every request counts as a read that loads what it misses; deletions
 * take the key out; expiry is not looked at. Idea, sources, reference values: docs/models/miss_curve.md.
 */
#pragma once
#include "cache/request.h"

#include <stdbool.h>

enum curve_axis {
        CURVE_OBJECTS,    /* size in objects, share of requests */
        CURVE_BYTES,      /* size in bytes, share of requests */
        CURVE_BYTES_READ, /* size in bytes, share of bytes: what the network and the store behind carry */
        CURVE_AXIS_COUNT
};

struct curve_options {
        size_t memory_bytes; /* ceiling of what is kept; 0: 64 MB; at least 1 MB */
        uint64_t seed;       /* of the sample */
        bool sizes;          /* also in bytes; requests of unknown size count as 1 byte */
};

struct curve_point {
        double size;         /* objects or bytes */
        double miss;         /* 0..1 */
        double lo, hi;       /* 95 % interval of what the sample may be off; miss itself where the curve is exact */
};

struct curve_totals {
        double requests;     /* counted: reads and writes, not deletions */
        double bytes;        /* of them, with sizes */
        double keys;         /* distinct; estimated when sampled */
        double keys_bytes;   /* of the distinct keys together, by their last size */
        double once_frac;    /* share of the keys that were asked for once; estimated when sampled */
        double sampled_frac; /* of the keys that are not hot; 1: exact */
        size_t hot;          /* keys followed one by one beside the sample */
        size_t memory_bytes; /* held now */
};

struct curve;

/* Memory from malloc; exhaustion goes to the arena's handler. */
struct curve *curve_new(const struct curve_options *options);
void curve_free(struct curve *c); /* NULL is fine */
void curve_add(struct curve *c, const struct cache_request *requests, size_t n);

/* Miss ratio of an LRU cache of this size; 1 for size 0; NAN without requests, or in bytes without sizes. */
double curve_miss(const struct curve *c, enum curve_axis axis, double size);
/* The same with its interval. */
struct curve_point curve_at(const struct curve *c, enum curve_axis axis, double size);
/* The smallest size (whole objects; bytes within 0.1 %) whose miss ratio is at most `miss`; NAN when no size has it. */
double curve_size_for(const struct curve *c, enum curve_axis axis, double miss);
/* The size beyond which nothing is gained: the largest distance seen. */
double curve_reach(const struct curve *c, enum curve_axis axis);
void curve_totals(const struct curve *c, struct curve_totals *ret_totals);
