#include "cache/slots.h"
#include "cache/memory.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = 1 << 18 };

static uint32_t round_up(uint32_t cap)
{
        return cap < UNIT ? UNIT : (cap + UNIT - 1) / UNIT * UNIT;
}

/* ── Counts ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

void slots_init(struct slots *s, uint32_t cap)
{
        cap = round_up(cap);
        *s = (struct slots){.cap = cap};
        s->bits = cache_calloc(cap >> 6, sizeof *s->bits);
        s->words = cache_calloc(cap >> 6, sizeof *s->words);
        s->groups = cache_calloc(cap >> 12, sizeof *s->groups);
        s->blocks = cache_calloc(cap >> 18, sizeof *s->blocks);
}

void slots_release(struct slots *s)
{
        free(s->bits);
        free(s->words);
        free(s->groups);
        free(s->blocks);
        *s = (struct slots){0};
}

size_t slots_bytes(const struct slots *s)
{
        return (s->cap >> 6) * (sizeof *s->bits + sizeof *s->words) + (s->cap >> 12) * sizeof *s->groups + (s->cap >> 18) * sizeof *s->blocks;
}

/* Without the instruction, which not every x86 has, this is what gcc would call a function for. */
static inline uint32_t ones(uint64_t x)
{
        x -= x >> 1 & UINT64_C(0x5555555555555555);
        x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
        x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
        return (uint32_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Sum of the bytes from i on to the end of their group of 64, eight at a time in lanes of 16 bits. */
static inline uint32_t rest_of_bytes(const uint8_t *bytes, uint32_t i)
{
        const uint64_t low = UINT64_C(0x00ff00ff00ff00ff);
        uint32_t end = (i | 63) + 1, at = i & ~7u;
        uint64_t x, lanes = 0;
        memcpy(&x, bytes + at, 8);
        x &= ~UINT64_C(0) << 8 * (i & 7);
        for (;;) {
                lanes += (x & low) + (x >> 8 & low);
                if ((at += 8) == end)
                        break;
                memcpy(&x, bytes + at, 8);
        }
        return (uint32_t)(lanes * UINT64_C(0x0001000100010001) >> 48);
}

/* Sum of four lanes of 16 bits, of which none is over 4096, from group i on to before `end`. */
static inline uint32_t rest_of_groups(const uint16_t *groups, uint32_t i, uint32_t end)
{
        uint64_t x, sum = 0;
        const uint64_t low = UINT64_C(0x0000ffff0000ffff);
        for (; i + 4 <= end; i += 4) {
                memcpy(&x, groups + i, 8);
                sum += (x & low) + (x >> 16 & low);
        }
        for (; i < end; i++)
                sum += groups[i];
        return (uint32_t)(sum + (sum >> 32));
}

uint64_t slots_after(const struct slots *s, uint32_t slot)
{
        uint32_t last = s->next - 1, word = slot >> 6, group = slot >> 12, block = slot >> 18;
        uint64_t n = ones(s->bits[word] >> 1 >> (slot & 63));
        if ((word & 63) != 63)
                n += rest_of_bytes(s->words, word + 1);
        if (group == last >> 12)
                return n;
        uint32_t end = (block + 1) << 6;
        if (end > (last >> 12) + 1)
                end = (last >> 12) + 1;
        n += rest_of_groups(s->groups, group + 1, end);
        for (uint32_t i = block + 1; i <= last >> 18; i++)
                n += s->blocks[i];
        return n;
}

void slots_rank_begin(const struct slots *s, uint32_t *before)
{
        uint32_t n = 0;
        for (uint32_t w = 0; w < s->cap >> 6; w++) {
                before[w] = n;
                n += s->words[w];
        }
}

uint32_t slots_rank(const struct slots *s, const uint32_t *before, uint32_t slot)
{
        return before[slot >> 6] + ones(s->bits[slot >> 6] & ((UINT64_C(1) << (slot & 63)) - 1));
}

void slots_compact(struct slots *s, uint32_t cap)
{
        uint32_t live = (uint32_t)s->live;
        slots_release(s);
        slots_init(s, cap);
        for (uint32_t slot = 0; slot < live; slot++)
                slots_occupy(s, slot);
        s->next = live;
}

/* ── Sums ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

void sums_init(struct sums *s, uint32_t cap)
{
        cap = round_up(cap);
        *s = (struct sums){.cap = cap};
        s->values = cache_calloc(cap, sizeof *s->values);
        s->words = cache_calloc(cap >> 6, sizeof *s->words);
        s->groups = cache_calloc(cap >> 12, sizeof *s->groups);
        s->blocks = cache_calloc(cap >> 18, sizeof *s->blocks);
}

void sums_release(struct sums *s)
{
        free(s->values);
        free(s->words);
        free(s->groups);
        free(s->blocks);
        *s = (struct sums){0};
}

size_t sums_bytes(const struct sums *s)
{
        return s->cap * sizeof *s->values + ((s->cap >> 6) + (s->cap >> 12) + (s->cap >> 18)) * sizeof(uint64_t);
}

void sums_set(struct sums *s, uint32_t slot, uint32_t value)
{
        uint64_t more = (uint64_t)value - s->values[slot]; /* modulo 2^64 */
        s->values[slot] = value;
        s->words[slot >> 6] += more;
        s->groups[slot >> 12] += more;
        s->blocks[slot >> 18] += more;
        s->live += more;
}

static inline uint64_t rest(const uint64_t *values, uint32_t i, uint32_t last)
{
        uint64_t sum = 0;
        uint32_t end = (i | 63) < last ? (i | 63) : last;
        for (i++; i <= end; i++)
                sum += values[i];
        return sum;
}

uint64_t sums_after(const struct sums *s, uint32_t slot, uint32_t next)
{
        uint32_t last = next - 1, end = (slot | 63) < last ? (slot | 63) : last;
        uint64_t sum = 0;
        for (uint32_t i = slot + 1; i <= end; i++)
                sum += s->values[i];
        sum += rest(s->words, slot >> 6, last >> 6);
        sum += rest(s->groups, slot >> 12, last >> 12);
        for (uint32_t i = (slot >> 18) + 1; i <= last >> 18; i++)
                sum += s->blocks[i];
        return sum;
}

void sums_compact(struct sums *s, const struct slots *order, uint32_t cap)
{
        struct sums closed;
        sums_init(&closed, cap);
        uint32_t to = 0;
        for (uint32_t slot = 0; slot < order->next; slot++)
                if (slots_occupied(order, slot))
                        sums_set(&closed, to++, s->values[slot]);
        sums_release(s);
        *s = closed;
}
