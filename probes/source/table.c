#include "probes/source/table.h"

#include <stdint.h>
#include <string.h>

static uint64_t hash(const char *key, size_t len)
{
        uint64_t h = UINT64_C(14695981039346656037);
        for (size_t i = 0; i < len; i++)
                h = (h ^ (unsigned char)key[i]) * UINT64_C(1099511628211);
        return h ^ (h >> 29);
}

static struct table_slot *find(const struct table *t, const char *key, size_t len)
{
        for (size_t i = hash(key, len) & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
                struct table_slot *s = &t->slots[i];
                if (!s->key || (s->len == len && !memcmp(s->key, key, len)))
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
                        *find(t, old[i].key, old[i].len) = old[i];
}

static struct table_slot *put(struct table *t, const char *key, size_t len)
{
        if (t->len * 2 >= t->cap)
                grow(t);
        struct table_slot *s = find(t, key, len);
        if (!s->key) {
                s->key = arena_strndup(t->arena, key, len);
                s->len = len;
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
        return t->cap ? find(t, key, len)->value : NULL;
}
