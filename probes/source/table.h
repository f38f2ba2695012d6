/*
 * A hash table from text to pointer, in an arena. Keys are kept by the caller.
 */
#pragma once
#include "base/arena.h"

struct table {
        struct arena *arena;
        struct table_slot {
                const char *key;
                size_t len;
                void *value;
        } *slots;
        size_t cap, len;
};

/* The value's place, made (NULL) when new; *ret_key is the key as first stored (copied when new). */
void **table_put(struct table *t, const char *key, size_t len, const char **ret_key);
void *table_get(const struct table *t, const char *key, size_t len);
