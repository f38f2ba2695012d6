/*
 * A cache of least-recently-used entries, in simulation: objects, not bytes; entries can expire. Capacity 0 has no bound.
 *
 *      struct lru *c = lru_new(arena, capacity, distinct_keys);
 *      bool hit = lru_access(c, key, now_us, ttl_us);      a miss stores the key
 *
 * An open-addressing table of 64-bit hashes over slots of a doubly linked list; all memory is the arena's and is taken at once.
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct lru;

/* keys: at most so many distinct keys will ever be asked for. */
struct lru *lru_new(struct arena *a, size_t capacity, size_t keys);
/* ttl_us < 0: never expires. An expired entry is a miss. */
bool lru_access(struct lru *c, uint64_t key, int64_t now_us, int64_t ttl_us);
size_t lru_len(const struct lru *c);
