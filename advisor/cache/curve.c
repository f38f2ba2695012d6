/*
 * Follows the requests. In chunks: first the hashes, which places in the table they will need (fetched ahead, since the table is larger than
 * the processor's caches), and which requests need none; then one by one; then, with nothing half done, what changes who is followed:
 *
 *      too many keys     all were followed so far: the often used ones become hot. The threshold falls by a tenth until the rest fits.
 *      a key is hot      when it came often lately; told by 8-bit counters over hash bits (a count-min sketch of one row), not by whether it is
 *                        in the sample: were it, its requests before would count 1/R times and those after once, and the sum be wrong
 *      an epoch ends     counts are halved; hot keys that cooled down go back to the sample, or out when they are not below the threshold
 *
 * A distance is (sampled keys used since) / R + (hot keys used since); a request of a sampled key counts 1/R times, of a hot one once.
 */
#include "cache/curve_impl.h"
#include "cache/memory.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 20, BYTES_A_KEY = 45, BYTES_A_KEY_SIZES = 61, HOT_SHARE = 16, SAMPLE_SHARE = 2, OFTEN = 8, SEEN_EVERY = 8, MEMORY_DEFAULT = 64 << 20, MEMORY_MIN = 1 << 20 };

static uint32_t power_of_two(size_t at_least)
{
        uint32_t n = 64;
        while (n < at_least)
                n *= 2;
        return n;
}

static void set_resolution(struct curve *c, size_t memory)
{
        unsigned bits = memory < 32 << 20 ? 11 : 14;
        for (int a = 0; a < CURVE_AXIS_COUNT; a++) {
                struct tally *t = &c->tallies[a];
                t->certain.bits = t->sampled.bits = a == CURVE_OBJECTS ? bits : 11;
                for (int g = 0; g < CURVE_GROUPS; g++)
                        t->groups[g].bits = 5;
        }
}

struct curve *curve_new(const struct curve_options *o)
{
        struct curve *c = cache_calloc(1, sizeof *c);
        size_t memory = o->memory_bytes ? o->memory_bytes : MEMORY_DEFAULT;
        memory = memory < MEMORY_MIN ? MEMORY_MIN : memory;
        c->seed = cache_mix(o->seed, UINT64_C(0x9e3779b97f4a7c15));
        c->sizes = o->sizes;
        c->keys_max = memory / (o->sizes ? BYTES_A_KEY_SIZES : BYTES_A_KEY);
        c->hot_max = c->keys_max / HOT_SHARE;
        c->threshold = UINT64_C(1) << 32;
        c->weight = 1;
        c->dice = (uint32_t)c->seed;
        keys_init(&c->keys);
        slots_init(&c->order, 0);
        slots_init(&c->hot_order, 0);
        if (c->sizes) {
                sums_init(&c->order_sizes, 0);
                sums_init(&c->hot_sizes, 0);
        }
        set_resolution(c, memory);
        return c;
}

static void tally_release(struct tally *t)
{
        dist_release(&t->certain);
        dist_release(&t->sampled);
        for (int g = 0; g < CURVE_GROUPS; g++)
                dist_release(&t->groups[g]);
}

void curve_free(struct curve *c)
{
        if (!c)
                return;
        keys_release(&c->keys);
        slots_release(&c->order);
        slots_release(&c->hot_order);
        sums_release(&c->order_sizes);
        sums_release(&c->hot_sizes);
        for (int a = 0; a < CURVE_AXIS_COUNT; a++)
                tally_release(&c->tallies[a]);
        free(c->maybe_hot);
        free(c->seen);
        free(c);
}

/* ── One request ────────────────────────────────────────────────────────────────────────────────────────────────── */

static inline bool is_sampled(const struct curve *c, uint64_t hash)
{
        return (uint32_t)hash < c->threshold;
}

static inline bool exact(const struct curve *c)
{
        return c->threshold > UINT32_MAX;
}

static inline void add_later(struct curve *c, struct dist *d, uint64_t distance, double weight)
{
        c->later[c->later_len++] = (struct later){d, dist_index(d, distance), weight};
}

static void add_now(struct curve *c)
{
        for (size_t i = 0; i < c->later_len; i++)
                dist_add_at(c->later[i].to, c->later[i].index, c->later[i].weight);
        c->later_len = 0;
}

static inline void count(struct curve *c, enum curve_axis axis, bool certain, uint64_t hash, double distance, double amount)
{
        struct tally *t = &c->tallies[axis];
        uint64_t d = (uint64_t)(distance + 0.5);
        if (certain) {
                add_later(c, &t->certain, d, amount);
        } else {
                add_later(c, &t->sampled, d, amount * c->weight);
                add_later(c, &t->groups[hash >> 61], d, amount * c->weight);
        }
}

static void count_cold(struct curve *c, uint64_t hash, uint32_t bytes)
{
        for (int a = 0; a < (c->sizes ? CURVE_AXIS_COUNT : 1); a++) {
                struct tally *t = &c->tallies[a];
                double amount = a == CURVE_BYTES_READ ? bytes : 1;
                *(exact(c) ? &t->cold_certain : &t->cold_sampled) += amount * c->weight;
                t->cold_groups[hash >> 61] += exact(c) ? 0 : amount * c->weight;
        }
}

static inline double estimate(const struct curve *c, uint64_t all, uint64_t hot)
{
        return (double)hot + (double)(all - hot) * c->weight;
}

static void count_again(struct curve *c, const struct tracked *t)
{
        bool hot = t->count & TRACKED_HOT, certain = hot || exact(c);
        uint64_t others_hot = c->hot_len ? slots_after(&c->hot_order, t->slot) : 0;
        count(c, CURVE_OBJECTS, certain, t->hash, 1 + estimate(c, slots_after(&c->order, t->slot), others_hot), 1);
        if (!c->sizes)
                return;
        uint32_t bytes = c->order_sizes.values[t->slot], next = c->order.next;
        uint64_t hot_bytes = c->hot_len ? sums_after(&c->hot_sizes, t->slot, next) : 0;
        double distance = bytes + estimate(c, sums_after(&c->order_sizes, t->slot, next), hot_bytes);
        count(c, CURVE_BYTES, certain, t->hash, distance, 1);
        count(c, CURVE_BYTES_READ, certain, t->hash, distance, bytes);
}

/* Takes the key out of the order of use; returns its size. */
static inline uint32_t leave(struct curve *c, const struct tracked *t)
{
        uint32_t bytes = 0;
        slots_vacate(&c->order, t->slot);
        if (t->count & TRACKED_HOT)
                slots_vacate(&c->hot_order, t->slot);
        if (c->sizes) {
                bytes = c->order_sizes.values[t->slot];
                sums_set(&c->order_sizes, t->slot, 0);
                if (t->count & TRACKED_HOT)
                        sums_set(&c->hot_sizes, t->slot, 0);
        }
        return bytes;
}

/* Puts the key on top. */
static inline void enter(struct curve *c, struct tracked *t, uint32_t bytes)
{
        t->slot = c->order.next++;
        c->hot_order.next = c->order.next;
        slots_occupy(&c->order, t->slot);
        if (t->count & TRACKED_HOT)
                slots_occupy(&c->hot_order, t->slot);
        if (c->sizes) {
                sums_set(&c->order_sizes, t->slot, bytes);
                if (t->count & TRACKED_HOT)
                        sums_set(&c->hot_sizes, t->slot, bytes);
        }
}

static void follow(struct curve *c, uint64_t hash, const struct cache_request *r)
{
        struct tracked *t = keys_find(&c->keys, hash);
        uint32_t bytes = r->bytes;
        if (t) {
                if (r->op == CACHE_GET)
                        count_again(c, t);
                uint32_t before = leave(c, t);
                bytes = bytes ? bytes : before;
                if (r->op == CACHE_DELETE) {
                        c->hot_len -= t->count & TRACKED_HOT ? 1 : 0;
                        keys_remove(&c->keys, t);
                        return;
                }
        } else if (r->op == CACHE_DELETE || r->op == CACHE_EXPIRE || !is_sampled(c, hash)) {
                return;
        } else {
                if (r->op == CACHE_GET)
                        count_cold(c, hash, bytes);
                t = keys_insert(&c->keys, hash);
        }
        t->count += (t->count & ~TRACKED_HOT) < (TRACKED_HOT - 1);
        enter(c, t, bytes ? bytes : 1);
}

/* ── Who is followed ────────────────────────────────────────────────────────────────────────────────────────────── */

static inline uint32_t maybe_bit(const struct curve *c, uint64_t hash)
{
        return (uint32_t)(hash >> 29) & c->maybe_mask;
}

static inline bool maybe_hot(const struct curve *c, uint64_t hash)
{
        uint32_t bit = maybe_bit(c, hash);
        return c->maybe_hot[bit >> 6] >> (bit & 63) & 1;
}

static void make_hot(struct curve *c, struct tracked *t)
{
        uint32_t bit = maybe_bit(c, t->hash);
        c->maybe_hot[bit >> 6] |= UINT64_C(1) << (bit & 63);
        t->count |= TRACKED_HOT;
        c->hot_len++;
        slots_occupy(&c->hot_order, t->slot);
        if (c->sizes)
                sums_set(&c->hot_sizes, t->slot, c->order_sizes.values[t->slot]);
}

struct cooling {
        struct curve *curve;
        uint32_t least; /* hot keys of fewer requests are hot no more */
};

/* Hot keys, their count halved, stay hot, become ordinary, or go. */
static bool cool_down(void *arg, struct tracked *t)
{
        const struct cooling *cooling = arg;
        struct curve *c = cooling->curve;
        if (!(t->count & TRACKED_HOT))
                return false;
        uint32_t n = (t->count & ~TRACKED_HOT) / 2;
        t->count = n | TRACKED_HOT;
        if (n >= cooling->least)
                return false;
        slots_vacate(&c->hot_order, t->slot);
        if (c->sizes)
                sums_set(&c->hot_sizes, t->slot, 0);
        c->hot_len--;
        t->count = n;
        if (is_sampled(c, t->hash))
                return false;
        leave(c, t);
        return true;
}

/* The count that at most `n` of the keys (only hot ones, or all) reach, but not below `least`. */
static uint32_t count_of_top(const struct curve *c, bool hot_only, size_t n, uint32_t least)
{
        size_t by_count[256] = {0}, sum = 0;
        for (const struct tracked *t = keys_first(&c->keys); t; t = keys_next(&c->keys, (struct tracked *)t)) {
                uint32_t of = t->count & ~TRACKED_HOT;
                if (!hot_only || t->count & TRACKED_HOT)
                        by_count[of < 255 ? of : 255]++;
        }
        uint32_t at = 256;
        while (at > least && sum + by_count[at - 1] <= n)
                sum += by_count[--at];
        return at;
}

static void filter_again(struct curve *c)
{
        memset(c->maybe_hot, 0, (c->maybe_mask + 1) / 8);
        for (struct tracked *t = keys_first(&c->keys); t; t = keys_next(&c->keys, t))
                if (t->count & TRACKED_HOT) {
                        uint32_t bit = maybe_bit(c, t->hash);
                        c->maybe_hot[bit >> 6] |= UINT64_C(1) << (bit & 63);
                }
}

static void end_epoch(struct curve *c)
{
        for (uint32_t i = 0; i <= c->seen_mask; i++)
                c->seen[i] /= 2;
        c->seen_adds = 0;
        uint32_t least = count_of_top(c, true, c->hot_max / 4 * 3, OFTEN) / 2;
        keys_filter(&c->keys, cool_down, &(struct cooling){c, least < OFTEN / 2 ? OFTEN / 2 : least});
        filter_again(c);
}

/* Not all keys fit any more. Those used most so far become hot. */
static void begin_sampling(struct curve *c)
{
        c->maybe_mask = power_of_two(c->hot_max * 16) - 1;
        c->maybe_hot = cache_calloc((c->maybe_mask + 1) / 64, sizeof *c->maybe_hot);
        c->seen_mask = power_of_two(c->hot_max * 16) - 1;
        c->seen = cache_calloc(c->seen_mask + 1, 1);
        uint32_t least = count_of_top(c, false, c->hot_max / 4 * 3, 3);
        for (struct tracked *t = keys_first(&c->keys); t; t = keys_next(&c->keys, t))
                if (t->count >= least)
                        make_hot(c, t);
}

static bool is_out(void *arg, struct tracked *t)
{
        struct curve *c = arg;
        if (t->count & TRACKED_HOT || is_sampled(c, t->hash))
                return false;
        leave(c, t);
        return true;
}

static void lower_threshold(struct curve *c)
{
        if (exact(c))
                begin_sampling(c);
        while (c->keys.len > c->keys_max / SAMPLE_SHARE && c->threshold > 1) {
                c->threshold -= c->threshold / 10 + 1;
                keys_filter(&c->keys, is_out, c);
        }
        c->weight = 4294967296.0 / (double)c->threshold;
}

/* A request of a key that is not hot, one of SEEN_EVERY at random. */
static void notice(struct curve *c, uint64_t hash)
{
        uint8_t *n = &c->seen[(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32) & c->seen_mask];
        c->seen_adds++;
        if (++*n >= 2 * OFTEN && c->hot_len + c->pending_len < c->hot_max) {
                *n = 0;
                c->pending[c->pending_len++] = hash;
        }
}

static void promote_pending(struct curve *c)
{
        for (size_t i = 0; i < c->pending_len; i++) {
                struct tracked *t = keys_find(&c->keys, c->pending[i]);
                if (!t) {
                        t = keys_insert(&c->keys, c->pending[i]);
                        enter(c, t, 1);
                }
                if (!(t->count & TRACKED_HOT))
                        make_hot(c, t);
                t->count |= OFTEN * SEEN_EVERY;
        }
        c->pending_len = 0;
}

/* ── Chunks ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Closes the gaps in the order of use. */
static void compact(struct curve *c)
{
        uint32_t cap = (uint32_t)(c->order.live * 3) + CURVE_CHUNK;
        uint32_t *before = cache_calloc(c->order.cap >> 6, sizeof *before);
        slots_rank_begin(&c->order, before);
        struct slots hot = {0};
        struct sums hot_sizes = {0};
        slots_init(&hot, cap);
        if (c->sizes)
                sums_init(&hot_sizes, cap);
        for (struct tracked *t = keys_first(&c->keys); t; t = keys_next(&c->keys, t)) {
                uint32_t to = slots_rank(&c->order, before, t->slot);
                if (t->count & TRACKED_HOT) {
                        slots_occupy(&hot, to);
                        if (c->sizes)
                                sums_set(&hot_sizes, to, c->order_sizes.values[t->slot]);
                }
                t->slot = to;
        }
        free(before);
        if (c->sizes)
                sums_compact(&c->order_sizes, &c->order, cap);
        slots_compact(&c->order, cap);
        slots_release(&c->hot_order);
        sums_release(&c->hot_sizes);
        c->hot_order = hot;
        c->hot_sizes = hot_sizes;
        c->hot_order.next = c->order.next;
}

static void add_totals(struct curve *c, const struct cache_request *r, size_t n)
{
        double requests = 0, bytes = 0;
        for (size_t i = 0; i < n; i++)
                if (r[i].op == CACHE_GET) {
                        requests++;
                        bytes += r[i].bytes ? r[i].bytes : 1;
                }
        c->tallies[CURVE_OBJECTS].total += requests;
        c->tallies[CURVE_BYTES].total += requests;
        c->tallies[CURVE_BYTES_READ].total += bytes;
}

/* Fetches ahead: the key's place, and, a while later, what its slot needs. */
__attribute__((always_inline)) static inline void fetch(const struct curve *c, const uint64_t *hashes, size_t i, size_t n)
{
        if (i + AHEAD < n)
                keys_prefetch(&c->keys, hashes[i + AHEAD]);
        if (i + AHEAD / 2 < n) {
                uint32_t slot = keys_peek(&c->keys, hashes[i + AHEAD / 2]);
                __builtin_prefetch(&c->order.bits[slot >> 6]);
                __builtin_prefetch(&c->order.words[slot >> 6]);
        }
}

static void add_all(struct curve *c, const struct cache_request *r, size_t n)
{
        uint64_t hashes[CURVE_CHUNK];
        for (size_t i = 0; i < n; i++) {
                uint64_t h = cache_mix(r[i].key, c->seed);
                hashes[i] = h ? h : 1;
        }
        for (size_t i = 0; i < n; i++) {
                fetch(c, hashes, i, n);
                follow(c, hashes[i], &r[i]);
        }
}

static void add_sampled(struct curve *c, const struct cache_request *r, size_t n)
{
        uint64_t hashes[CURVE_CHUNK];
        uint16_t which[CURVE_CHUNK];
        size_t len = 0;
        for (size_t i = 0; i < n; i++) {
                uint64_t h = cache_mix(r[i].key, c->seed);
                h = h ? h : 1;
                bool hot = maybe_hot(c, h);
                hashes[len] = h;
                which[len] = (uint16_t)i;
                len += hot || is_sampled(c, h);
                c->dice = c->dice * 1664525 + 1013904223;
                if (!hot && c->dice < UINT32_MAX / SEEN_EVERY)
                        notice(c, h);
        }
        for (size_t i = 0; i < len; i++) {
                fetch(c, hashes, i, len);
                follow(c, hashes[i], &r[which[i]]);
        }
        promote_pending(c);
        if (c->seen_adds > c->seen_mask)
                end_epoch(c);
}

void curve_add(struct curve *c, const struct cache_request *r, size_t n)
{
        for (size_t part; n; r += part, n -= part) {
                part = n < CURVE_CHUNK ? n : CURVE_CHUNK;
                if (c->order.next + 2 * CURVE_CHUNK > c->order.cap)
                        compact(c);
                add_totals(c, r, part);
                (exact(c) ? add_all : add_sampled)(c, r, part);
                add_now(c);
                if (c->keys.len > c->keys_max / (exact(c) ? 1 : SAMPLE_SHARE))
                        lower_threshold(c);
        }
}
