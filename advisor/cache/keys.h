/*
 * The keys that are followed: open addressing, linear probing, 16 bytes a key. The table is cut in 4 by the hash's upper bits, and each part
 * grows by half when it is four fifths full, so that growing takes a quarter of the memory beside and the load is between .53 and .8.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYS_PARTS = 4 };

struct tracked {
        uint64_t hash;  /* 0: an empty place */
        uint32_t slot;  /* in the order of use */
        uint32_t count; /* requests, halved now and then; TRACKED_HOT is its upper bit */
};
#define TRACKED_HOT UINT32_C(0x80000000)

struct keys_part {
        struct tracked *at;
        uint32_t cap, len;
};

struct keys {
        struct keys_part parts[KEYS_PARTS];
        size_t len;
};

void keys_init(struct keys *k);
void keys_release(struct keys *k);
size_t keys_bytes(const struct keys *k);
/* The place may move with the next insertion or removal. */
struct tracked *keys_insert(struct keys *k, uint64_t hash); /* must not be there; zeroed but for the hash */
void keys_remove(struct keys *k, struct tracked *t);
/* Removes those for which drop() says so. */
void keys_filter(struct keys *k, bool (*drop)(void *arg, struct tracked *t), void *arg);

/* Every key: for (struct tracked *t = keys_first(k); t; t = keys_next(k, t)) */
struct tracked *keys_first(const struct keys *k);
struct tracked *keys_next(const struct keys *k, struct tracked *t);

static inline uint32_t keys_home(const struct keys_part *p, uint64_t hash)
{
        return (uint32_t)((hash >> 30 & UINT32_MAX) * p->cap >> 32);
}

/* always_inline: gcc takes a function that only fetches ahead for one without effect, and drops the call. */
__attribute__((always_inline)) static inline void keys_prefetch(const struct keys *k, uint64_t hash)
{
        const struct keys_part *p = &k->parts[hash >> 62];
        __builtin_prefetch(&p->at[keys_home(p, hash)]);
}

/* The slot of whoever stands at the hash's home: mostly that key's. */
static inline uint32_t keys_peek(const struct keys *k, uint64_t hash)
{
        const struct keys_part *p = &k->parts[hash >> 62];
        return p->at[keys_home(p, hash)].slot;
}

static inline struct tracked *keys_find(const struct keys *k, uint64_t hash)
{
        const struct keys_part *p = &k->parts[hash >> 62];
        for (uint32_t i = keys_home(p, hash);; i = i + 1 == p->cap ? 0 : i + 1)
                if (p->at[i].hash == hash)
                        return &p->at[i];
                else if (!p->at[i].hash)
                        return NULL;
}
