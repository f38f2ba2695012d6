#include "model/lru.h"

#include <string.h>

enum { NONE = UINT32_MAX };

struct slot {
        uint64_t key;
        int64_t expires_us;
        uint32_t newer, older; /* neighbours in the order of use */
};

struct lru {
        size_t capacity, len, mask;
        uint32_t newest, oldest, free;
        struct slot *slots;
        uint32_t *table; /* slot number, NONE when empty; linear probing, at most half full */
};

static size_t home(const struct lru *c, uint64_t key)
{
        key ^= key >> 33; /* murmur's finalizer: key hashes may be any text's */
        key *= UINT64_C(0xff51afd7ed558ccd);
        return (key ^ key >> 33) & c->mask;
}

struct lru *lru_new(struct arena *a, size_t capacity, size_t keys)
{
        struct lru *c = arena_new_of(a, struct lru);
        size_t slots = capacity && capacity < keys ? capacity + 1 : keys + 1, size = 16;
        while (size < 2 * slots)
                size *= 2;
        *c = (struct lru){.capacity = capacity, .mask = size - 1, .newest = NONE, .oldest = NONE};
        c->slots = arena_alloc(a, slots * sizeof *c->slots);
        c->table = arena_alloc(a, size * sizeof *c->table);
        memset(c->table, 0xff, size * sizeof *c->table);
        for (size_t i = 0; i < slots; i++)
                c->slots[i].older = i + 1 < slots ? (uint32_t)i + 1 : NONE;
        return c;
}

size_t lru_len(const struct lru *c)
{
        return c->len;
}

/* Where the key stands in the table, or the empty place where it would. */
static size_t find(const struct lru *c, uint64_t key)
{
        size_t i = home(c, key);
        while (c->table[i] != NONE && c->slots[c->table[i]].key != key)
                i = (i + 1) & c->mask;
        return i;
}

static void unlink_slot(struct lru *c, uint32_t n)
{
        struct slot *s = &c->slots[n];
        *(s->newer == NONE ? &c->newest : &c->slots[s->newer].older) = s->older;
        *(s->older == NONE ? &c->oldest : &c->slots[s->older].newer) = s->newer;
}

static void link_newest(struct lru *c, uint32_t n)
{
        struct slot *s = &c->slots[n];
        s->newer = NONE;
        s->older = c->newest;
        *(c->newest == NONE ? &c->oldest : &c->slots[c->newest].newer) = n;
        c->newest = n;
}

/* Removal from a table of linear probing: later entries of the run move up (Knuth 6.4, algorithm R). */
static void forget(struct lru *c, size_t i)
{
        for (size_t j = i;;) {
                c->table[i] = NONE;
                do {
                        j = (j + 1) & c->mask;
                        if (c->table[j] == NONE)
                                return;
                } while (((j - home(c, c->slots[c->table[j]].key)) & c->mask) < ((j - i) & c->mask));
                c->table[i] = c->table[j];
                i = j;
        }
}

static void evict_oldest(struct lru *c)
{
        uint32_t n = c->oldest;
        forget(c, find(c, c->slots[n].key));
        unlink_slot(c, n);
        c->slots[n].older = c->free;
        c->free = n;
        c->len--;
}

bool lru_access(struct lru *c, uint64_t key, int64_t now_us, int64_t ttl_us)
{
        size_t i = find(c, key);
        bool known = c->table[i] != NONE, hit = known && c->slots[c->table[i]].expires_us > now_us;
        uint32_t n;
        if (known) {
                n = c->table[i];
                unlink_slot(c, n);
        } else {
                if (c->capacity && c->len == c->capacity) {
                        evict_oldest(c);
                        i = find(c, key);
                }
                n = c->free;
                c->free = c->slots[n].older;
                c->table[i] = n;
                c->len++;
        }
        link_newest(c, n);
        if (!hit)
                c->slots[n] = (struct slot){key, ttl_us < 0 ? INT64_MAX : now_us + ttl_us, NONE, c->slots[n].older};
        return hit;
}
