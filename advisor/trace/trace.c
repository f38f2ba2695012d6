#include "trace/trace_impl.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_KEY = 1024 };

const struct trace_format *const trace_format_all[] = {
#define TRACE_FORMAT(name) &trace_format_##name,
#include "trace/formats.def"
#undef TRACE_FORMAT
        NULL,
};

/* ── Opening ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct trace_format *by_name(const char *name)
{
        for (const struct trace_format *const *f = trace_format_all; *f; f++)
                if (!strcasecmp((*f)->name, name))
                        return *f;
        return NULL;
}

static void add_names(char *to, size_t size)
{
        size_t len = 0;
        for (const struct trace_format *const *f = trace_format_all; *f; f++)
                if (len + strlen((*f)->name) + 2 < size) {
                        strcpy(to + len, (*f)->name);
                        len += strlen(to + len);
                        strcpy(to + len++, " ");
                }
        to[len ? len - 1 : 0] = '\0';
}

static int choose(struct trace *t, const char *wanted, struct err *err)
{
        char names[400];
        const char *bytes;
        size_t have;
        add_names(names, sizeof names);
        int r = stream_look(t->stream, TRACE_LOOK, &bytes, &have, err), best = 0;
        if (r < 0)
                return r;
        if (wanted && !(t->format = by_name(wanted)))
                return err_set(err, ERR_USAGE, "'%s' is no format of traces", wanted), err_hint(err, "Formats: %s.", names);
        for (const struct trace_format *const *f = trace_format_all; !wanted && *f; f++) {
                int fits = (*f)->fits(*f, t->path, bytes, have);
                if (fits > best) {
                        best = fits;
                        t->format = *f;
                }
        }
        if (!have)
                return err_set(err, ERR_PARSE, "'%s' is empty", t->path);
        if (!t->format) {
                err_set(err, ERR_PARSE, "'%s' is of no format that its first bytes tell", t->path);
                return err_hint(err, "Name it with --format: %s.", names);
        }
        return 0;
}

int trace_open(const char *path, const char *format, struct trace **ret, struct err *err)
{
        CLEANUP(trace_close) struct trace *t = calloc(1, sizeof *t);
        if (!t || !(t->path = strdup(path)))
                arena_exhausted(sizeof *t);
        int r = stream_open(path, &t->stream, err);
        if (r < 0 || (r = choose(t, format, err)) < 0 || (t->format->begin && (r = t->format->begin(t, err)) < 0))
                return r;
        *ret = take(t);
        return 0;
}

void trace_close(struct trace *t)
{
        if (!t)
                return;
        stream_close(t->stream);
        free(t->state);
        free(t->scratch);
        free(t->path);
        free(t);
}

/* ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What the host's clock did is no matter of the cache: time stands still until it has caught up. */
static void put_in_order(struct trace *t, struct cache_request *r, size_t n)
{
        struct trace_counts *c = &t->counts;
        if (!c->requests) {
                c->first_us = r[0].at_us;
                t->now_us = r[0].at_us;
        }
        for (size_t i = 0; i < n; i++) {
                int64_t back = t->now_us - r[i].at_us;
                if (back > 0) {
                        c->steps_back++;
                        c->step_back_us = back > c->step_back_us ? back : c->step_back_us;
                        r[i].at_us = t->now_us;
                }
                t->now_us = r[i].at_us;
                c->without_size += r[i].bytes <= 1 && r[i].op != CACHE_DELETE;
        }
        c->requests += n;
        c->last_us = t->now_us;
}

int trace_read(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        size_t n = 0;
        int r = t->format->read(t, to, max, &n, err);
        if (r < 0)
                return r;
        if (n)
                put_in_order(t, to, n);
        t->counts.packed_cut_off |= stream_cut_off(t->stream);
        *ret_n = n;
        return 0;
}

const struct trace_counts *trace_counts(const struct trace *t)
{
        return &t->counts;
}

const char *trace_format(const struct trace *t)
{
        return t->format->name;
}

const char *trace_packing(const struct trace *t)
{
        return stream_packing(t->stream);
}

double trace_done_frac(const struct trace *t)
{
        return stream_done_frac(t->stream);
}

/* ── For the formats ────────────────────────────────────────────────────────────────────────────────────────────── */

void trace_skip(struct trace *t, const char *why)
{
        if (!t->counts.skipped++) {
                t->counts.skipped_first = t->records;
                t->counts.skipped_why = why;
        }
}

void trace_push(struct trace *t, const struct cache_request *r)
{
        if (t->pending_len < TRACE_PENDING)
                t->pending[t->pending_len++] = *r;
        else
                trace_skip(t, "more than 1024 keys");
}

uint64_t trace_key(struct trace *t, const char *bytes, size_t len)
{
        t->counts.long_keys += len > LONG_KEY;
        if (len > t->counts.longest_key)
                t->counts.longest_key = (uint32_t)len;
        return cache_key_of(bytes, len);
}

char *trace_scratch(struct trace *t, size_t len)
{
        if (len >= t->scratch_cap) {
                free(t->scratch);
                t->scratch_cap = len * 2 + 64;
                if (!(t->scratch = malloc(t->scratch_cap)))
                        arena_exhausted(t->scratch_cap);
        }
        return t->scratch;
}

uint16_t trace_client(struct trace *t, const char *bytes, size_t len)
{
        uint64_t h = cache_key_of(bytes, len);
        size_t i = 0;
        while (i < t->clients_len && t->clients[i] != h)
                i++;
        if (i == TRACE_CLIENTS)
                return (uint16_t)(h % TRACE_CLIENTS);
        if (i == t->clients_len)
                t->clients[t->clients_len++] = h;
        return (uint16_t)i;
}

static int skip_long_line(struct trace *t, const char *bytes, size_t have, struct err *err)
{
        const char *end;
        t->records++;
        trace_skip(t, "a line of more than 16 MB");
        while (have && !(end = memchr(bytes, '\n', have))) {
                stream_skip(t->stream, have);
                int r = stream_look(t->stream, TRACE_LOOK, &bytes, &have, err);
                if (r < 0)
                        return r;
        }
        stream_skip(t->stream, have ? (size_t)(end - bytes) + 1 : 0);
        return 0;
}

int trace_line(struct trace *t, const char **ret_line, size_t *ret_len, struct err *err)
{
        size_t have, searched = 0, want = 1;
        const char *bytes, *end;
        for (;;) {
                int r = stream_look(t->stream, want, &bytes, &have, err);
                if (r < 0)
                        return r;
                end = have > searched ? memchr(bytes + searched, '\n', have - searched) : NULL;
                if (end || have < want)
                        break;
                searched = have;
                want = have < STREAM_LOOK_MAX / 2 ? have * 2 : STREAM_LOOK_MAX;
                if (have >= STREAM_LOOK_MAX) {
                        if ((r = skip_long_line(t, bytes, have, err)) < 0)
                                return r;
                        searched = 0;
                        want = 1;
                }
        }
        size_t len = end ? (size_t)(end - bytes) : have;
        stream_skip(t->stream, end ? len + 1 : len);
        t->records += end || len;
        *ret_line = end || len ? bytes : NULL;
        *ret_len = len && bytes[len - 1] == '\r' ? len - 1 : len;
        return 0;
}

int trace_read_lines(struct trace *t, void (*parse)(struct trace *t, const char *line, size_t len), struct cache_request *to, size_t max,
                     size_t *ret_n, struct err *err)
{
        size_t n = 0;
        while (n < max) {
                if (t->pending_at == t->pending_len) {
                        const char *line;
                        size_t len;
                        t->pending_at = t->pending_len = 0;
                        int r = trace_line(t, &line, &len, err);
                        if (r < 0)
                                return r;
                        if (!line)
                                break;
                        parse(t, line, len);
                }
                while (n < max && t->pending_at < t->pending_len)
                        to[n++] = t->pending[t->pending_at++];
        }
        *ret_n = n;
        return 0;
}

bool trace_is_text(const char *bytes, size_t len)
{
        size_t odd = 0, n = len < 4096 ? len : 4096;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)bytes[i];
                odd += c < 32 && c != '\n' && c != '\r' && c != '\t';
        }
        return n && odd <= n / 64;
}

bool trace_parse_uint(const char *text, size_t len, uint64_t *ret)
{
        uint64_t v = 0;
        for (size_t i = 0; i < len; i++) {
                unsigned digit = (unsigned char)text[i] - '0';
                if (digit > 9 || v > (UINT64_MAX - digit) / 10)
                        return false;
                v = v * 10 + digit;
        }
        *ret = v;
        return len > 0;
}

bool trace_parse_time(const char *text, size_t len, int64_t *ret_us)
{
        const char *dot = memchr(text, '.', len);
        size_t whole = dot ? (size_t)(dot - text) : len, digits = dot ? len - whole - 1 : 0;
        uint64_t v, part = 0, scale = 1000000;
        if (!trace_parse_uint(text, whole, &v) || (digits && !trace_parse_uint(dot + 1, digits < 6 ? digits : 6, &part)))
                return false;
        for (size_t i = digits < 6 ? digits : 6; i < 6; i++)
                part *= 10;
        scale = dot || v < UINT64_C(100000000000) ? 1000000 : v < UINT64_C(100000000000000) ? 1000 : 1; /* s, ms, us since 1970 */
        if (v > INT64_MAX / scale - 1)
                return false;
        *ret_us = (int64_t)(v * scale + (digits ? part : 0));
        return true;
}

enum cache_op trace_op_of(const char *word, size_t len)
{
        static const char *const sets[] = {"set", "add", "cas", "replace", "append", "prepend", "incr", "decr", "write", "put", "update", "setex"};
        static const char *const deletes[] = {"delete", "del", "unlink", "remove", "invalidate"};
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
                if (strlen(sets[i]) == len && !strncasecmp(sets[i], word, len))
                        return CACHE_SET;
        for (size_t i = 0; i < sizeof deletes / sizeof *deletes; i++)
                if (strlen(deletes[i]) == len && !strncasecmp(deletes[i], word, len))
                        return CACHE_DELETE;
        return CACHE_GET;
}
