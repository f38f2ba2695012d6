/* What the formats share. */
#pragma once
#include "trace/trace.h"

enum { TRACE_PENDING = 1024, TRACE_CLIENTS = 1024, TRACE_LOOK = 1 << 16 };

struct trace {
        struct stream *stream;
        const struct trace_format *format;
        char *path;
        struct trace_counts counts;
        int64_t now_us;
        uint64_t records;     /* read so far, lines too */
        void *state;          /* of the format, by malloc */
        struct cache_request pending[TRACE_PENDING]; /* requests of one line */
        size_t pending_at, pending_len;
        char *scratch;
        size_t scratch_cap;
        uint64_t clients[TRACE_CLIENTS]; /* hashes: who became process i */
        size_t clients_len;
};

/* Counts something that is no request; `why` is a literal. */
void trace_skip(struct trace *t, const char *why);
/* The next line without its end, NULL at the end of the stream. Lines of more than STREAM_LOOK_MAX are skipped and counted. */
int trace_line(struct trace *t, const char **ret_line, size_t *ret_len, struct err *err);
void trace_push(struct trace *t, const struct cache_request *r); /* into pending; more than TRACE_PENDING for one line are skipped */
uint64_t trace_key(struct trace *t, const char *bytes, size_t len); /* and counts long ones */
char *trace_scratch(struct trace *t, size_t len); /* one buffer, valid until it is asked for again */
uint16_t trace_client(struct trace *t, const char *bytes, size_t len);
/* Lines by a parser that pushes what it finds. */
int trace_read_lines(struct trace *t, void (*parse)(struct trace *t, const char *line, size_t len), struct cache_request *to, size_t max,
                     size_t *ret_n, struct err *err);
bool trace_is_text(const char *bytes, size_t len);
/* "1700000000.5" or "1700000000" (s), 13 digits (ms), 16 (us): microseconds; false when it is no time. */
bool trace_parse_time(const char *text, size_t len, int64_t *ret_us);
bool trace_parse_uint(const char *text, size_t len, uint64_t *ret);
enum cache_op trace_op_of(const char *word, size_t len); /* get gets read ... set add cas ... delete; CACHE_GET when unknown */
