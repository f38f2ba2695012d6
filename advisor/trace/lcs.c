/* libCacheSim's LCS: a header of a kilobyte that names the fields in the manner of Python's struct, then records. */
#include "base/arena.h"
#include "trace/trace_impl.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 1024, FORMAT_AT = 8, FORMAT_BYTES = 240, FIELDS_AT = 248, RECORD_AT = 1004, END_AT = 1016 };
#define MAGIC UINT64_C(0x123456789abcdef0)

enum wanted { ID, SIZE, TIME, OP, TTL, WANTED_COUNT };

struct lcs {
        size_t record;
        struct {
                size_t at, bytes; /* bytes 0: not in the trace */
        } fields[WANTED_COUNT];
};

static uint64_t number(const char *p, size_t bytes)
{
        uint64_t v = 0;
        memcpy(&v, p, bytes);
        return v;
}

static int fits(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        (void)f, (void)path;
        return len >= HEADER && number(bytes, 8) == MAGIC && number(bytes + END_AT, 8) == MAGIC ? 3 : 0;
}

static size_t width(char c)
{
        return strchr("cbB", c) ? 1 : strchr("hH", c) ? 2 : strchr("iIf", c) ? 4 : strchr("qQd", c) ? 8 : 0;
}

/* Where each wanted field stands. The header counts fields from 1: id, size, time, last, next, operation, expiry. */
static const char *parse_header(const char *header, struct lcs *l)
{
        static const uint8_t at[WANTED_COUNT] = {[ID] = 0, [SIZE] = 1, [TIME] = 2, [OP] = 5, [TTL] = 6};
        const char *format = header + FORMAT_AT;
        if (format[0] != '<')
                return "not little-endian";
        for (int i = 1; i < FORMAT_BYTES && format[i]; i++) {
                size_t n = width(format[i]);
                if (!n)
                        return "a field of unknown type";
                for (int w = 0; w < WANTED_COUNT; w++)
                        if ((uint8_t)header[FIELDS_AT + at[w]] == i && format[i] != 'f' && format[i] != 'd') {
                                l->fields[w].at = l->record;
                                l->fields[w].bytes = n;
                        }
                l->record += n;
        }
        if (!l->fields[ID].bytes)
                return "no field of ids";
        return l->record == number(header + RECORD_AT, 4) ? NULL : "records of another length than its fields";
}

static int begin(struct trace *t, struct err *err)
{
        const char *bytes;
        size_t have;
        int r = stream_look(t->stream, HEADER, &bytes, &have, err);
        if (r < 0)
                return r;
        struct lcs *l = t->state = calloc(1, sizeof *l);
        if (!l)
                arena_exhausted(sizeof *l);
        const char *bad = have < HEADER || !fits(NULL, NULL, bytes, have) ? "no header of LCS" : parse_header(bytes, l);
        if (bad)
                return err_set(err, ERR_PARSE, "'%s' cannot be read as lcs: %s", t->path, bad);
        stream_skip(t->stream, HEADER);
        t->counts.has_time = l->fields[TIME].bytes > 0;
        t->counts.has_ttl = l->fields[TTL].bytes > 0;
        return 0;
}

static int read_records(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        const struct lcs *l = t->state;
        const char *bytes;
        size_t have;
        int r = stream_look(t->stream, l->record, &bytes, &have, err);
        if (r < 0)
                return r;
        size_t n = have / l->record < max ? have / l->record : max;
        for (size_t i = 0; i < n; i++) {
                uint64_t v[WANTED_COUNT] = {0};
                for (int w = 0; w < WANTED_COUNT; w++)
                        v[w] = number(bytes + i * l->record + l->fields[w].at, l->fields[w].bytes);
                to[i] = (struct cache_request){.at_us = (int64_t)(v[TIME] * 1000000), .key = v[ID],
                                               .bytes = v[SIZE] > UINT32_MAX ? UINT32_MAX : (uint32_t)v[SIZE],
                                               .ttl_s = v[TTL] > 0 && v[TTL] < INT32_MAX ? (int32_t)v[TTL] : -1,
                                               .op = v[OP] == 9 ? CACHE_DELETE : (v[OP] >= 3 && v[OP] <= 8) ? CACHE_SET : CACHE_GET};
        }
        stream_skip(t->stream, n * l->record);
        t->records += n;
        t->counts.cut_off |= !n && have;
        *ret_n = n;
        return 0;
}

const struct trace_format trace_format_lcs = {"lcs", "libCacheSim's self-describing format", NULL, fits, begin, read_records};
