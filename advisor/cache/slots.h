/*
 * The order of use: each tracked key holds one slot, the next free one whenever it is used, so that the keys used since then are
 * the occupied slots above its own. Counts them, or sums what is kept in them, in a few steps:
 *
 *      level 0   bits, 64 a word            ...01101 |
 *      level 1   8-bit count for each word   37 |        sums of the rest of the own word, of the rest of the words of the own
 *      level 2   16-bit count for 64 words   2011 |      group, and so on; most keys come again soon, so most sums are short
 *      level 3   32-bit count for 64 groups  120000
 *
 * It does what a Fenwick tree does (the usual choice: Bennett and Kruskal 1975, Olken 1981), with four writes for a change instead of one for
 * each of 16 levels, and in 1.2 bits a slot. When the slots end, slots_compact() closes the gaps.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slots {
        uint32_t next, cap; /* slots used so far, and there: a multiple of 64^3 */
        uint64_t live;
        uint64_t *bits;
        uint8_t *words;
        uint16_t *groups;
        uint32_t *blocks;
};

/* Sums of 32-bit values in the same slots. */
struct sums {
        uint32_t cap;
        uint64_t live; /* of all */
        uint32_t *values;
        uint64_t *words, *groups, *blocks;
};

void slots_init(struct slots *s, uint32_t cap); /* rounded up */
void slots_release(struct slots *s);
size_t slots_bytes(const struct slots *s);
uint64_t slots_after(const struct slots *s, uint32_t slot); /* occupied ones above slot */
/*
 * The slot's number once gaps are closed; valid until the slots change. slots_rank_begin() fills `before`, which has cap / 64 entries.
 */
void slots_rank_begin(const struct slots *s, uint32_t *before);
uint32_t slots_rank(const struct slots *s, const uint32_t *before, uint32_t slot);
void slots_compact(struct slots *s, uint32_t cap); /* slots 0 .. live - 1 are occupied; there are `cap` */

void sums_init(struct sums *s, uint32_t cap);
void sums_release(struct sums *s);
size_t sums_bytes(const struct sums *s);
uint64_t sums_after(const struct sums *s, uint32_t slot, uint32_t next);
void sums_set(struct sums *s, uint32_t slot, uint32_t value);
void sums_compact(struct sums *s, const struct slots *order, uint32_t cap); /* before slots_compact() of its order */

static inline void slots_occupy(struct slots *s, uint32_t slot)
{
        s->bits[slot >> 6] |= UINT64_C(1) << (slot & 63);
        s->words[slot >> 6]++;
        s->groups[slot >> 12]++;
        s->blocks[slot >> 18]++;
        s->live++;
}

static inline void slots_vacate(struct slots *s, uint32_t slot)
{
        s->bits[slot >> 6] &= ~(UINT64_C(1) << (slot & 63));
        s->words[slot >> 6]--;
        s->groups[slot >> 12]--;
        s->blocks[slot >> 18]--;
        s->live--;
}

static inline bool slots_occupied(const struct slots *s, uint32_t slot)
{
        return s->bits[slot >> 6] >> (slot & 63) & 1;
}
