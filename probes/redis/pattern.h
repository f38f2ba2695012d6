/*
 * Redis keys as patterns: user:4711:profile becomes user:{n}:profile. Keys can hold names and addresses of people, so what
 * is kept of a key is only what many keys share; pattern_settle() replaces every word that too few keys have in common.
 */
#pragma once
#include "base/arena.h"

#include <stdint.h>

enum { PATTERN_MAX = 160, PATTERNS_MAX = 1000 };

/* Digits -> {n}, UUIDs -> {uuid}, long hexadecimal words -> {hex}, unusual bytes and long words -> {s}. */
void key_pattern(const char *key, size_t len, char ret[PATTERN_MAX]);

/* The pattern with every word after the first made {s}: what is safe of a key that was seen once. */
void pattern_coarse(const char *pattern, char ret[PATTERN_MAX]);

struct pattern {
        char text[PATTERN_MAX];
        char type[16];          /* string list set zset hash stream, "" unknown, "mixed" */
        int64_t keys;           /* of the scanned ones */
        int64_t sampled, no_ttl, ttl_known;
        double ttl_sum_s, bytes_sum;
        int64_t bytes_known, largest_bytes, largest_elements;
};

struct patterns {
        struct pattern *items;  /* by first appearance */
        size_t len, cap;
        int64_t beyond;         /* keys of patterns that found no room */
};

/* The entry of a pattern, made when new; NULL when the table is full. */
struct pattern *pattern_find(struct arena *a, struct patterns *t, const char *text);

/* Merges patterns until every word left is shared: see the top. */
void pattern_settle(struct arena *a, struct patterns *t);
