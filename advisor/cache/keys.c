#include "cache/keys.h"
#include "cache/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PART_MIN = 64 };

void keys_init(struct keys *k)
{
        *k = (struct keys){0};
        for (int i = 0; i < KEYS_PARTS; i++) {
                k->parts[i].cap = PART_MIN;
                k->parts[i].at = cache_calloc(PART_MIN, sizeof(struct tracked));
        }
}

void keys_release(struct keys *k)
{
        for (int i = 0; i < KEYS_PARTS; i++)
                free(k->parts[i].at);
        *k = (struct keys){0};
}

size_t keys_bytes(const struct keys *k)
{
        size_t bytes = sizeof *k;
        for (int i = 0; i < KEYS_PARTS; i++)
                bytes += k->parts[i].cap * sizeof(struct tracked);
        return bytes;
}

static struct tracked *place(struct keys_part *p, uint64_t hash)
{
        uint32_t i = keys_home(p, hash);
        while (p->at[i].hash)
                i = i + 1 == p->cap ? 0 : i + 1;
        return &p->at[i];
}

static void grow(struct keys_part *p)
{
        struct keys_part old = *p;
        p->cap = old.cap + old.cap / 2;
        p->at = cache_calloc(p->cap, sizeof *p->at);
        for (uint32_t i = 0; i < old.cap; i++)
                if (old.at[i].hash)
                        *place(p, old.at[i].hash) = old.at[i];
        free(old.at);
}

struct tracked *keys_insert(struct keys *k, uint64_t hash)
{
        struct keys_part *p = &k->parts[hash >> 62];
        if (p->len >= p->cap - p->cap / 5)
                grow(p);
        p->len++;
        k->len++;
        struct tracked *t = place(p, hash);
        *t = (struct tracked){.hash = hash};
        return t;
}

/* Later entries of the run move up (Knuth 6.4, algorithm R). */
void keys_remove(struct keys *k, struct tracked *t)
{
        struct keys_part *p = &k->parts[t->hash >> 62];
        uint32_t cap = p->cap, i = (uint32_t)(t - p->at);
        p->len--;
        k->len--;
        for (uint32_t j = i;;) {
                p->at[i].hash = 0;
                uint32_t home;
                do {
                        j = j + 1 == cap ? 0 : j + 1;
                        if (!p->at[j].hash)
                                return;
                        home = keys_home(p, p->at[j].hash);
                } while ((j + cap - home) % cap < (j + cap - i) % cap);
                p->at[i] = p->at[j];
                i = j;
        }
}

static void filter_part(struct keys *k, struct keys_part *p, bool (*drop)(void *arg, struct tracked *t), void *arg)
{
        struct keys_part old = *p;
        p->at = cache_calloc(p->cap, sizeof *p->at);
        p->len = 0;
        for (uint32_t i = 0; i < old.cap; i++)
                if (old.at[i].hash && !drop(arg, &old.at[i])) {
                        *place(p, old.at[i].hash) = old.at[i];
                        p->len++;
                }
        k->len -= old.len - p->len;
        free(old.at);
}

void keys_filter(struct keys *k, bool (*drop)(void *arg, struct tracked *t), void *arg)
{
        for (int i = 0; i < KEYS_PARTS; i++)
                filter_part(k, &k->parts[i], drop, arg);
}

static struct tracked *from(const struct keys *k, int part, uint32_t i)
{
        for (; part < KEYS_PARTS; part++, i = 0)
                for (; i < k->parts[part].cap; i++)
                        if (k->parts[part].at[i].hash)
                                return &k->parts[part].at[i];
        return NULL;
}

struct tracked *keys_first(const struct keys *k)
{
        return from(k, 0, 0);
}

struct tracked *keys_next(const struct keys *k, struct tracked *t)
{
        int part = (int)(t->hash >> 62);
        return from(k, part, (uint32_t)(t - k->parts[part].at) + 1);
}
