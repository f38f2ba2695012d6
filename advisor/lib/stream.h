/*
 * Bytes of a file or pipe in order, unpacked on the way (gzip by zlib, xz by liblzma, zstd by libzstd; told by their first bytes), in constant
 * memory: nothing is read twice and nothing is kept.
 *
 *      CLEANUP(stream_close) struct stream *s = NULL;
 *      r = stream_open("trace.xz", &s, err);
 *      while ((r = stream_look(s, 24, &bytes, &have, err)) == 0 && have >= 24) { ...; stream_skip(s, 24); }
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_LOOK_MAX = 16 << 20 };

struct stream;

/* "-" is standard input. ERR_IO when it cannot be opened; ERR_REFUSED for a directory or device. */
int stream_open(const char *path, struct stream **ret_stream, struct err *err);
void stream_close(struct stream *s); /* NULL is fine */
DEFINE_CLEANUP(struct stream *, stream_close)

/*
 * At least `want` of the next bytes (1 .. STREAM_LOOK_MAX), fewer only at the end. Valid until the next call. ERR_IO, or ERR_PARSE when what
 * was packed is damaged; a packed stream that ends too early ends here, and stream_cut_off() tells.
 */
int stream_look(struct stream *s, size_t want, const char **ret_bytes, size_t *ret_have, struct err *err);
void stream_skip(struct stream *s, size_t n); /* at most what the last look had */

bool stream_cut_off(const struct stream *s);
double stream_done_frac(const struct stream *s); /* of the file as it lies on the disk; NAN for a pipe */
uint64_t stream_at(const struct stream *s);      /* unpacked bytes skipped so far */
const char *stream_packing(const struct stream *s); /* "gzip" "xz" "zstd", or NULL */
