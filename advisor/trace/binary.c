/*
 * Traces of fixed records: libCacheSim's families, VMware's vscsi, and bare 32-bit numbers. A layout is a row that says where each field stands.
 * Numbers are little-endian; a file whose times make sense only the other way round is read so, and counted as swapped.
 */
#include "trace/trace_impl.h"

#include <string.h>

struct field {
        uint8_t at, bytes; /* bytes 0: the layout has none */
};

enum packed { OPEN, KEY_VALUE /* 10 bits of key size, 22 of value size; 8 of operation, 24 of expiry */ };

struct trace_layout {
        uint16_t record;
        struct field time, id, size, key_size, op, ttl, next; /* next: number of the next record of the same id */
        uint32_t time_unit_us;
        uint8_t packed;
        uint8_t version_at, version; /* a byte that tells vscsi's records */
        bool big;
};

/* ── Fields ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static inline uint64_t get(const char *record, struct field f, bool swap)
{
        const char *p = record + f.at;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
        switch (f.bytes) {
        case 1:
                return (uint8_t)*p;
        case 2:
                memcpy(&u16, p, 2);
                return swap ? __builtin_bswap16(u16) : u16;
        case 4:
                memcpy(&u32, p, 4);
                return swap ? __builtin_bswap32(u32) : u32;
        case 8:
                memcpy(&u64, p, 8);
                return swap ? __builtin_bswap64(u64) : u64;
        default:
                return 0;
        }
}

/* libCacheSim's numbers of operations: 1 get, 2 gets, 3 set .. 8 prepend, 9 delete, 10 incr, 11 decr, 12 read, 13 write, 14 update. */
static inline enum cache_op op_of(uint64_t op)
{
        return op == 9 ? CACHE_DELETE : (op >= 3 && op <= 8) || op == 10 || op == 11 || op == 13 || op == 14 ? CACHE_SET : CACHE_GET;
}

static inline void decode(const struct trace_layout *l, const char *record, bool swap, struct cache_request *r)
{
        uint64_t size = get(record, l->size, swap), ttl = get(record, l->ttl, swap), op = get(record, l->op, swap);
        if (l->packed == KEY_VALUE) {
                size = (size >> 22) + (size & ((1 << 22) - 1));
                op = ttl >> 24;
                ttl &= (1 << 24) - 1;
        }
        size += get(record, l->key_size, swap);
        *r = (struct cache_request){
                .at_us = (int64_t)(get(record, l->time, swap) * l->time_unit_us),
                .key = get(record, l->id, swap),
                .bytes = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size,
                .ttl_s = ttl > 0 && ttl < INT32_MAX ? (int32_t)ttl : -1,
                .op = (uint8_t)op_of(op),
        };
}

/* ── Which layout it is ─────────────────────────────────────────────────────────────────────────────────────────── */

/* Share of the first records that make sense: times go on, sizes are sizes, the next record lies ahead. */
static double sense(const struct trace_layout *l, const char *bytes, size_t len, bool swap)
{
        size_t n = len / l->record, good = 0;
        struct cache_request before = {0}, r;
        for (size_t i = 0; i < n; i++, before = r) {
                const char *record = bytes + i * l->record;
                decode(l, record, swap, &r);
                int64_t next = (int64_t)get(record, l->next, swap);
                bool ahead = !l->next.bytes || next == -1 || next == INT64_MAX || (next >= (int64_t)i && next < INT64_C(1) << 44);
                bool goes_on = r.at_us >= 0 && (i == 0 || (r.at_us >= before.at_us && r.at_us - before.at_us < INT64_C(86400000000) * 400));
                good += ahead && goes_on && r.bytes < 1u << 31 && (!l->version || (uint8_t)record[l->version_at] == l->version);
        }
        return n ? (double)good / (double)n : 0;
}

static int fits(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        const struct trace_layout *l = f->layout;
        if (strcasestr(path, f->name) && strlen(f->name) > 3)
                return 3;
        double best = sense(l, bytes, len, l->big), other = sense(l, bytes, len, !l->big);
        best = other > best ? other : best;
        if (len < 4u * l->record || !l->time.bytes || best < 0.99)
                return 0;
        return l->next.bytes || l->version ? 3 : 2;
}

static int by_name(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        (void)bytes, (void)len;
        return strcasestr(path, f->name) ? 3 : 0;
}

/* How many different upper halves 32-bit ids of this order have: few, when the order is right. */
static int upper_halves(const char *bytes, size_t len, bool big)
{
        uint8_t seen[1 << 13] = {0};
        int n = 0;
        for (size_t i = 0; i + 4 <= len; i += 4) {
                const uint8_t *id = (const uint8_t *)bytes + i;
                unsigned half = big ? (unsigned)id[0] << 8 | id[1] : (unsigned)id[3] << 8 | id[2];
                n += !(seen[half >> 3] >> (half & 7) & 1);
                seen[half >> 3] |= (uint8_t)(1u << (half & 7));
        }
        return n;
}

/* Ids of packed bits (type, number, index) look alike in both orders; bare 32-bit traces are written most significant byte first unless the other is much likelier. */
static int fits_32(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        enum { LIKELIER = 4, IDS_A_HALF = 8 };
        (void)path;
        if (len < 256)
                return 0;
        int big = upper_halves(bytes, len, true), little = upper_halves(bytes, len, false);
        bool is_big = big < (long)LIKELIER * little;
        return is_big == f->layout->big && (is_big ? big : little) * IDS_A_HALF <= (int)(len / 4) ? 1 : 0;
}

static int begin(struct trace *t, struct err *err)
{
        const struct trace_layout *l = t->format->layout;
        const char *bytes;
        size_t have;
        int r = stream_look(t->stream, TRACE_LOOK, &bytes, &have, err);
        if (r < 0)
                return r;
        if (l->time.bytes && have >= 4u * l->record)
                t->counts.swapped = sense(l, bytes, have, !l->big) > sense(l, bytes, have, l->big) + 0.2;
        t->counts.has_time = l->time.bytes > 0;
        t->counts.has_ttl = l->ttl.bytes > 0;
        t->counts.sizeless = !l->size.bytes;
        return 0;
}

static int read_records(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        const struct trace_layout *l = t->format->layout;
        bool swap = l->big != t->counts.swapped;
        const char *bytes;
        size_t have;
        int r = stream_look(t->stream, l->record, &bytes, &have, err);
        if (r < 0)
                return r;
        size_t n = have / l->record < max ? have / l->record : max;
        for (size_t i = 0; i < n; i++)
                decode(l, bytes + i * l->record, swap, &to[i]);
        stream_skip(t->stream, n * l->record);
        t->records += n;
        t->counts.cut_off |= !n && have;
        *ret_n = n;
        return 0;
}

#define LAYOUT(word, text, how, ...)                                                                                   \
        static const struct trace_layout layout_##word = {__VA_ARGS__};                                                \
        const struct trace_format trace_format_##word = {#word, text, &layout_##word, how, begin, read_records};
#define TIME_ID_SIZE .time_unit_us = 1000000, .time = {0, 4}, .id = {4, 8}, .size = {12, 4}

LAYOUT(be32, "bare 32-bit ids, big-endian (cache2k)", fits_32, .record = 4, .id = {0, 4}, .big = true)
LAYOUT(le32, "bare 32-bit ids, little-endian", fits_32, .record = 4, .id = {0, 4})
LAYOUT(valpin, "bare 64-bit ids (libCacheSim)", by_name, .record = 8, .id = {0, 8})
LAYOUT(oracleGeneral, "time, id, size, next (libCacheSim)", fits, .record = 24, TIME_ID_SIZE, .next = {16, 8})
LAYOUT(oracleGeneralOpNS, "time, id, size, operation, tenant, next (libCacheSim)", fits, .record = 27, TIME_ID_SIZE, .op = {16, 1}, .next = {19, 8})
LAYOUT(oracleSimTwrNS, "time, id, size, expiry, tenant, next (libCacheSim)", fits, .record = 30, TIME_ID_SIZE, .ttl = {16, 4}, .next = {22, 8})
LAYOUT(oracleSysTwrNS, "time, id, sizes, operation, tenant, expiry, next (libCacheSim)", fits, .record = 34, .time_unit_us = 1000000, .time = {0, 4},
       .id = {4, 8}, .key_size = {12, 2}, .size = {14, 4}, .op = {18, 2}, .ttl = {22, 4}, .next = {26, 8})
LAYOUT(oracleAkamai, "time, id, size, tenant, bucket, type, next (libCacheSim)", fits, .record = 30, TIME_ID_SIZE, .next = {22, 8})
LAYOUT(oracleCF1, "time, id, size, expiry, ..., next (libCacheSim)", fits, .record = 49, .time_unit_us = 1000000, .time = {0, 4}, .id = {4, 8},
       .size = {12, 8}, .ttl = {20, 4}, .next = {32, 8})
LAYOUT(oracleWiki2016u, "id, size, type, next (libCacheSim)", by_name, .record = 22, .id = {0, 8}, .size = {8, 4}, .next = {14, 8})
LAYOUT(oracleWiki2019u, "time, id, size, type, next (libCacheSim)", fits, .record = 26, TIME_ID_SIZE, .next = {18, 8})
LAYOUT(standardIQI, "time, id, size (libCacheSim)", fits, .record = 16, TIME_ID_SIZE)
LAYOUT(standardIII, "time, 32-bit id, size (libCacheSim)", fits, .record = 12, .time_unit_us = 1000000, .time = {0, 4}, .id = {4, 4}, .size = {8, 4})
LAYOUT(standardIQQ, "time, id, 64-bit size (libCacheSim)", fits, .record = 20, .time_unit_us = 1000000, .time = {0, 4}, .id = {4, 8}, .size = {12, 8})
LAYOUT(standardIQIBH, "time, id, size, operation, tenant (libCacheSim)", fits, .record = 19, TIME_ID_SIZE, .op = {16, 1})
LAYOUT(twr, "time, id, packed sizes, operation and expiry (libCacheSim)", fits, .record = 20, TIME_ID_SIZE, .ttl = {16, 4}, .packed = KEY_VALUE)
LAYOUT(twrNS, "as twr, with a tenant (libCacheSim)", fits, .record = 22, TIME_ID_SIZE, .ttl = {16, 4}, .packed = KEY_VALUE)
LAYOUT(vscsi1, "block requests of virtual disks, version 1", fits, .record = 32, .time_unit_us = 1, .time = {24, 8}, .id = {16, 8}, .size = {4, 4},
       .version_at = 15, .version = 1)
LAYOUT(vscsi2, "block requests of virtual disks, version 2", fits, .record = 40, .time_unit_us = 1, .time = {24, 8}, .id = {16, 8}, .size = {8, 4},
       .version_at = 3, .version = 2)
