/*
 * A hash table from text to pointer, in an arena. Keys are kept by the caller.
 */
#pragma once
#include "base/arena.h"

#include <stdint.h>

struct table {
        struct arena *arena;
        struct table_slot {
                const char *key;
                uint32_t len, hash;
                void *value;
        } *slots;
        size_t cap, len;
};

/* The value's place, made (NULL) when new. */
void **table_put(struct table *t, const char *key, size_t len);
/* The key as first stored: equal keys are one pointer. */
const char *table_key(struct table *t, const char *key, size_t len);
void *table_get(const struct table *t, const char *key, size_t len);
uint64_t table_hash(const char *key, size_t len);
