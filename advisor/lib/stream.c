#include "lib/stream.h"
#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { RAW = 1 << 16, FIRST = 1 << 17, WINDOW_LOG_MAX = 27, XZ_MEMORY_MAX = 192 << 20 };

enum packing { PLAIN, GZIP, XZ, ZSTD };

struct stream {
        int fd;
        char *path;
        enum packing packing;
        off_t size;           /* of a regular file, or -1 */
        uint64_t raw_read, at;
        bool raw_end, frame_end, cut_off;
        unsigned char *raw;   /* packed bytes */
        size_t raw_at, raw_len;
        char *buf;            /* plain bytes */
        size_t from, len, cap;
        z_stream gzip;
        lzma_stream xz;
        ZSTD_DCtx *zstd;
};

static void *checked(void *p, size_t size)
{
        if (!p)
                arena_exhausted(size);
        return p;
}

/* ── Opening ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int read_raw(struct stream *s, void *to, size_t max, size_t *ret_n, struct err *err)
{
        ssize_t n;
        do
                n = read(s->fd, to, max);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return err_errno(err, ERR_IO, "cannot read '%s'", s->path);
        s->raw_read += (uint64_t)n;
        s->raw_end = n == 0;
        *ret_n = (size_t)n;
        return 0;
}

/* The first six bytes tell; a pipe may bring them one by one. */
static int tell_packing(struct stream *s, struct err *err)
{
        while (s->raw_len < 6 && !s->raw_end) {
                size_t n;
                int r = read_raw(s, s->raw + s->raw_len, RAW - s->raw_len, &n, err);
                if (r < 0)
                        return r;
                s->raw_len += n;
        }
        if (s->raw_len >= 2 && !memcmp(s->raw, "\x1f\x8b", 2))
                s->packing = GZIP;
        else if (s->raw_len >= 6 && !memcmp(s->raw, "\xfd" "7zXZ", 6))
                s->packing = XZ;
        else if (s->raw_len >= 4 && !memcmp(s->raw, "\x28\xb5\x2f\xfd", 4))
                s->packing = ZSTD;
        return 0;
}

static void begin_unpacking(struct stream *s)
{
        static const lzma_stream none = LZMA_STREAM_INIT;
        s->xz = none;
        if (s->packing == GZIP && inflateInit2(&s->gzip, 16 + MAX_WBITS) != Z_OK)
                arena_exhausted(MAX_WBITS);
        if (s->packing == XZ && lzma_stream_decoder(&s->xz, XZ_MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK)
                arena_exhausted(XZ_MEMORY_MAX);
        if (s->packing == ZSTD) {
                s->zstd = checked(ZSTD_createDCtx(), 1 << 17);
                ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
        }
        s->frame_end = true;
}

static int open_file(struct stream *s, struct err *err)
{
        struct stat st;
        s->fd = !strcmp(s->path, "-") ? dup(0) : open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (s->fd < 0 || fstat(s->fd, &st) < 0)
                return err_errno(err, ERR_IO, "cannot open '%s'", s->path);
        if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
                return err_set(err, ERR_REFUSED, "'%s' is a %s", s->path, S_ISDIR(st.st_mode) ? "folder" : "device");
        s->size = S_ISREG(st.st_mode) ? st.st_size : -1;
        posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        return tell_packing(s, err);
}

int stream_open(const char *path, struct stream **ret, struct err *err)
{
        CLEANUP(stream_close) struct stream *s = checked(calloc(1, sizeof *s), sizeof *s);
        s->fd = -1;
        s->path = checked(strdup(path), strlen(path));
        s->raw = checked(malloc(RAW), RAW);
        s->cap = FIRST;
        s->buf = checked(malloc(s->cap), s->cap);
        int r = open_file(s, err);
        if (r < 0)
                return r;
        begin_unpacking(s);
        *ret = take(s);
        return 0;
}

void stream_close(struct stream *s)
{
        if (!s)
                return;
        if (s->packing == GZIP)
                inflateEnd(&s->gzip);
        if (s->packing == XZ)
                lzma_end(&s->xz);
        ZSTD_freeDCtx(s->zstd);
        close_cleanup(&s->fd);
        free(s->raw);
        free(s->buf);
        free(s->path);
        free(s);
}

/* ── Unpacking ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What one call of a library made of the packed bytes at hand. */
struct step {
        size_t used, made;
        bool end;        /* of a member or frame */
        const char *bad; /* why it cannot go on, or NULL */
};

static struct step gzip_step(struct stream *s, char *to, size_t room)
{
        if (s->frame_end && s->raw_len > s->raw_at)
                inflateReset(&s->gzip);
        s->gzip.next_in = s->raw + s->raw_at;
        s->gzip.avail_in = (uInt)(s->raw_len - s->raw_at);
        s->gzip.next_out = (Bytef *)to;
        s->gzip.avail_out = (uInt)room;
        int r = inflate(&s->gzip, Z_NO_FLUSH);
        struct step step = {s->raw_len - s->raw_at - s->gzip.avail_in, room - s->gzip.avail_out, r == Z_STREAM_END, NULL};
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                step.bad = s->gzip.msg ? s->gzip.msg : "damaged";
        return step;
}

static struct step xz_step(struct stream *s, char *to, size_t room)
{
        s->xz.next_in = s->raw + s->raw_at;
        s->xz.avail_in = s->raw_len - s->raw_at;
        s->xz.next_out = (uint8_t *)to;
        s->xz.avail_out = room;
        lzma_ret r = lzma_code(&s->xz, s->raw_end ? LZMA_FINISH : LZMA_RUN);
        struct step step = {s->raw_len - s->raw_at - s->xz.avail_in, room - s->xz.avail_out, r == LZMA_STREAM_END, NULL};
        if (r == LZMA_MEMLIMIT_ERROR)
                step.bad = "packed with a dictionary of more than 192 MB";
        else if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
                step.bad = "damaged";
        return step;
}

static struct step zstd_step(struct stream *s, char *to, size_t room)
{
        ZSTD_inBuffer in = {s->raw, s->raw_len, s->raw_at};
        ZSTD_outBuffer out = {to, room, 0};
        size_t r = ZSTD_decompressStream(s->zstd, &out, &in);
        struct step step = {in.pos - s->raw_at, out.pos, r == 0, NULL};
        if (ZSTD_isError(r))
                step.bad = ZSTD_getErrorName(r);
        return step;
}

static int unpack(struct stream *s, char *to, size_t room, size_t *ret_n, struct err *err)
{
        for (;;) {
                if (s->raw_at == s->raw_len && !s->raw_end) {
                        s->raw_at = 0;
                        int r = read_raw(s, s->raw, RAW, &s->raw_len, err);
                        if (r < 0)
                                return r;
                }
                bool dry = s->raw_at == s->raw_len;
                if (dry && s->frame_end && s->packing != XZ)
                        return 0;
                struct step step = s->packing == GZIP ? gzip_step(s, to, room) : s->packing == XZ ? xz_step(s, to, room) : zstd_step(s, to, room);
                if (step.bad && s->frame_end && s->at && s->packing == GZIP) {
                        s->raw_at = s->raw_len; /* what gzip itself calls trailing garbage */
                        continue;
                }
                if (step.bad)
                        return err_set(err, ERR_PARSE, "'%s' cannot be unpacked: %s", s->path, step.bad);
                s->raw_at += step.used;
                s->frame_end = step.end;
                if (step.made || (step.end && s->packing == XZ)) {
                        *ret_n = step.made;
                        return 0;
                }
                if (dry && !step.end) {
                        s->cut_off = true;
                        return 0;
                }
        }
}

/* More plain bytes behind those in buf; *ret_n 0 at the end. */
static int more(struct stream *s, size_t *ret_n, struct err *err)
{
        char *to = s->buf + s->len;
        size_t room = s->cap - s->len;
        *ret_n = 0;
        if (s->cut_off)
                return 0;
        if (s->packing != PLAIN)
                return unpack(s, to, room, ret_n, err);
        if (s->raw_at < s->raw_len) {
                *ret_n = s->raw_len - s->raw_at < room ? s->raw_len - s->raw_at : room;
                memcpy(to, s->raw + s->raw_at, *ret_n);
                s->raw_at += *ret_n;
                return 0;
        }
        return s->raw_end ? 0 : read_raw(s, to, room, ret_n, err);
}

int stream_look(struct stream *s, size_t want, const char **ret_bytes, size_t *ret_have, struct err *err)
{
        size_t n = 1;
        while (s->len - s->from < want && n) {
                if (s->from) {
                        memmove(s->buf, s->buf + s->from, s->len - s->from);
                        s->len -= s->from;
                        s->from = 0;
                }
                if (want > s->cap)
                        s->buf = checked(realloc(s->buf, s->cap = want), want);
                int r = more(s, &n, err);
                if (r < 0)
                        return r;
                s->len += n;
        }
        *ret_bytes = s->buf + s->from;
        *ret_have = s->len - s->from;
        return 0;
}

void stream_skip(struct stream *s, size_t n)
{
        s->from += n;
        s->at += n;
}

bool stream_cut_off(const struct stream *s)
{
        return s->cut_off;
}

double stream_done_frac(const struct stream *s)
{
        return s->size > 0 ? (double)s->raw_read / (double)s->size : NAN;
}

uint64_t stream_at(const struct stream *s)
{
        return s->at;
}

const char *stream_packing(const struct stream *s)
{
        static const char *const names[] = {NULL, "gzip", "xz", "zstd"};
        return names[s->packing];
}
