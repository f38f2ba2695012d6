/*
 * Cache traces as other tools write them, read as a stream of requests: any size, packed or not, from a file or a pipe.
 *
 *      CLEANUP(trace_close) struct trace *t = NULL;
 *      r = trace_open("trace.oracleGeneral.zst", NULL, &t, err);
 *      while ((r = trace_read(t, requests, 4096, &n, err)) == 0 && n > 0) ...
 *
 * A format is a row in formats.def. What is odd in a trace is counted, not hidden: struct trace_counts.
 */
#pragma once
#include "cache/request.h"
#include "lib/stream.h"

struct trace;

struct trace_counts {
        uint64_t requests;
        uint64_t skipped;       /* lines or records that are no request */
        uint64_t skipped_first; /* number of the first such line or record */
        const char *skipped_why;
        uint64_t steps_back;    /* requests earlier than the one before; they get its time */
        int64_t step_back_us;   /* the largest such step */
        int64_t first_us, last_us;
        uint64_t without_size;  /* or of size 1, as some tools write it when they know none */
        uint64_t long_keys;     /* of more than a kilobyte */
        uint32_t longest_key;
        bool cut_off;           /* the last record is not whole */
        bool packed_cut_off;    /* packed bytes are missing at the end */
        bool has_time, has_ttl;
        bool sizeless;          /* its format knows no sizes: told from the beginning */
        bool swapped;           /* its numbers have the other byte order than the format says */
};

/* format: a name of formats.def, or NULL to tell it from the first bytes. ERR_PARSE with a hint when they do not tell. */
int trace_open(const char *path, const char *format, struct trace **ret_trace, struct err *err);
void trace_close(struct trace *t); /* NULL is fine */
DEFINE_CLEANUP(struct trace *, trace_close)

/* *ret_n is 0 at the end only. Times never decrease; they begin where the trace's begin. */
int trace_read(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err);
const struct trace_counts *trace_counts(const struct trace *t);
const char *trace_format(const struct trace *t);   /* its name */
const char *trace_packing(const struct trace *t);  /* or NULL */
double trace_done_frac(const struct trace *t);     /* NAN: unknown */

struct trace_format {
        const char *name;
        const char *doc; /* one line */
        const struct trace_layout *layout; /* of fixed records (binary.c), or NULL */
        /* 0 no, 1 maybe, 2 likely, 3 surely: from the first bytes of the stream, and its name. */
        int (*fits)(const struct trace_format *f, const char *path, const char *bytes, size_t len);
        int (*begin)(struct trace *t, struct err *err); /* may be NULL */
        /* As trace_read; does not look after times and counts of requests. */
        int (*read)(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err);
};

#define TRACE_FORMAT(name) extern const struct trace_format trace_format_##name;
#include "trace/formats.def"
#undef TRACE_FORMAT
extern const struct trace_format *const trace_format_all[]; /* NULL-terminated */
