#include "probes/source/table.h"

#include <string.h>

/* Eight bytes a step: names are short, and there are millions of look-ups. */
uint64_t table_hash(const char *key, size_t len)
{
        const uint64_t k = UINT64_C(0x9E3779B97F4A7C15);
        uint64_t h = len * k, word;
        for (; len >= 8; len -= 8, key += 8) {
                memcpy(&word, key, 8);
                h = (h ^ word) * k;
                h ^= h >> 32;
        }
        word = 0;
        memcpy(&word, key, len);
        h = (h ^ word) * k;
        h ^= h >> 29;
        h *= UINT64_C(0xBF58476D1CE4E5B9);
        return h ^ (h >> 32);
}

static struct table_slot *find(const struct table *t, uint64_t hash, const char *key, size_t len)
{
        for (size_t i = hash & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
                struct table_slot *s = &t->slots[i];
                if (!s->key || (s->hash == (uint32_t)(hash >> 32) && s->len == len && !memcmp(s->key, key, len)))
                        return s;
        }
}

static void grow(struct table *t)
{
        struct table_slot *old = t->slots;
        size_t n = t->cap;
        t->cap = n ? n * 2 : 256;
        t->slots = arena_alloc(t->arena, t->cap * sizeof *t->slots);
        for (size_t i = 0; i < n; i++)
                if (old[i].key)
                        *find(t, table_hash(old[i].key, old[i].len), old[i].key, old[i].len) = old[i];
}

static struct table_slot *put(struct table *t, const char *key, size_t len)
{
        if (t->len * 2 >= t->cap)
                grow(t);
        uint64_t hash = table_hash(key, len);
        struct table_slot *s = find(t, hash, key, len);
        if (!s->key) {
                s->key = arena_strndup(t->arena, key, len);
                s->len = (uint32_t)len;
                s->hash = (uint32_t)(hash >> 32);
                t->len++;
        }
        return s;
}

void **table_put(struct table *t, const char *key, size_t len)
{
        return &put(t, key, len)->value;
}

const char *table_key(struct table *t, const char *key, size_t len)
{
        return put(t, key, len)->key;
}

void *table_get(const struct table *t, const char *key, size_t len)
{
        return t->cap ? find(t, table_hash(key, len), key, len)->value : NULL;
}
