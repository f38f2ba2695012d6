/*
 * Lines of fields between commas (tabs, semicolons), with a heading that names the columns or without: then
 *
 *      7 fields   time, key, key size, value size, client, operation, expiry     (Twitter's cache-trace)
 *      3 or 4     time, key, size[, next]                                        (libCacheSim's examples)
 *      2          time, key
 *
 * Fields may be quoted (RFC 4180), a line break within quotes excepted.
 */
#include "base/arena.h"
#include "trace/trace_impl.h"

#include <stdlib.h>
#include <string.h>

enum column { TIME, KEY, SIZE, KEY_SIZE, OP, TTL, CLIENT, LOAD_US, COLUMNS, FIELDS_MAX = 64 };

static const struct {
        enum column column;
        const char *names; /* between blanks */
} headings[] = {
        {TIME, " time timestamp ts at clock_time real_time date "},
        {KEY, " key id obj_id objectid object_id object key_hash hash url item block lbn "},
        {SIZE, " size bytes obj_size object_size value_size val_size length len response_size "},
        {KEY_SIZE, " key_size keysize "},
        {OP, " op operation command cmd method "},
        {TTL, " ttl ttl_s expiry expire ex "},
        {CLIENT, " client client_id pid process worker host tenant "},
        {LOAD_US, " load_us cost_us "},
};

struct csv {
        char separator;
        bool heading;
        int at[COLUMNS]; /* number of the field, -1 when there is none */
};

struct text {
        const char *at;
        size_t len;
};

/* Fields of a line; of a quoted one what stands between the quotes. */
static int split(char separator, const char *line, size_t len, struct text *f)
{
        const char *end = line + len;
        int n = 0;
        for (const char *p = line; n < FIELDS_MAX; p++) {
                const char *quote = p < end && *p == '"' ? memchr(p + 1, '"', (size_t)(end - p - 1)) : NULL, *from = quote ? quote : p;
                const char *stop = from < end ? memchr(from, separator, (size_t)(end - from)) : NULL;
                f[n++] = quote ? (struct text){p + 1, (size_t)(quote - p - 1)} : (struct text){p, (size_t)((stop ? stop : end) - p)};
                if (!stop)
                        break;
                p = stop;
        }
        return n;
}

static void trim(struct text *f, int n)
{
        for (int i = 0; i < n; i++) {
                while (f[i].len && f[i].at[0] == ' ')
                        f[i].at++, f[i].len--;
                while (f[i].len && f[i].at[f[i].len - 1] == ' ')
                        f[i].len--;
        }
}

static char separator_of(const char *line, size_t len)
{
        for (const char *s = ",\t;"; *s; s++)
                if (memchr(line, *s, len))
                        return *s;
        return 0;
}

static int column_of(const struct text *f)
{
        char word[40];
        if (!f->len || f->len > sizeof word - 3)
                return -1;
        word[0] = ' ';
        memcpy(word + 1, f->at, f->len);
        strcpy(word + 1 + f->len, " ");
        for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
                if (strcasestr(headings[i].names, word))
                        return (int)headings[i].column;
        return -1;
}

static bool read_heading(struct csv *c, const struct text *f, int n)
{
        for (int i = 0; i < n; i++) {
                int column = column_of(&f[i]);
                if (column >= 0 && c->at[column] < 0)
                        c->at[column] = i;
        }
        return c->at[KEY] >= 0;
}

static bool guess_columns(struct csv *c, const struct text *f, int n)
{
        static const enum column twitter[] = {TIME, KEY, KEY_SIZE, SIZE, CLIENT, OP, TTL};
        int64_t us;
        uint64_t number;
        for (int i = 0; i < n && n == 7; i++)
                c->at[twitter[i]] = i;
        if (n >= 2 && n <= 4) {
                c->at[TIME] = 0;
                c->at[KEY] = 1;
                c->at[SIZE] = n > 2 ? 2 : -1;
        }
        return n >= 2 && (n <= 4 || n == 7) && trace_parse_time(f[0].at, f[0].len, &us) && (n != 3 || trace_parse_uint(f[2].at, f[2].len, &number));
}

static bool understand(struct csv *c, const char *bytes, size_t len)
{
        struct text f[FIELDS_MAX];
        const char *end = memchr(bytes, '\n', len);
        size_t line = end ? (size_t)(end - bytes) : len;
        line -= line && bytes[line - 1] == '\r';
        *c = (struct csv){.separator = separator_of(bytes, line), .at = {-1, -1, -1, -1, -1, -1, -1, -1}};
        if (!c->separator)
                return false;
        int n = split(c->separator, bytes, line, f);
        trim(f, n);
        c->heading = read_heading(c, f, n);
        return c->heading || guess_columns(c, f, n);
}

static int fits(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        struct csv c;
        (void)f, (void)path;
        return trace_is_text(bytes, len) && understand(&c, bytes, len) ? 2 : 0;
}

static int begin(struct trace *t, struct err *err)
{
        const char *bytes;
        size_t have;
        int r = stream_look(t->stream, TRACE_LOOK, &bytes, &have, err);
        if (r < 0)
                return r;
        struct csv *c = t->state = malloc(sizeof *c);
        if (!c)
                arena_exhausted(sizeof *c);
        if (!understand(c, bytes, have)) {
                err_at(err, ERR_PARSE, t->path, 1, 0, "the columns cannot be told");
                return err_hint(err, "Put a heading above them: time,key,size,op,ttl,client (key alone must be there).");
        }
        t->counts.has_time = c->at[TIME] >= 0;
        t->counts.has_ttl = c->at[TTL] >= 0;
        if (!c->heading)
                return 0;
        const char *line;
        size_t len;
        return trace_line(t, &line, &len, err);
}

static uint64_t number(const struct csv *c, const struct text *f, int n, enum column column)
{
        uint64_t v = 0;
        int at = c->at[column];
        return at >= 0 && at < n && trace_parse_uint(f[at].at, f[at].len, &v) ? v : 0;
}

/* Numbers stay what they are, so that the same trace in a binary format has the same keys. */
static uint64_t key_of(struct trace *t, const struct text *f)
{
        uint64_t id;
        return f->len < 20 && trace_parse_uint(f->at, f->len, &id) ? id : trace_key(t, f->at, f->len);
}

static void parse(struct trace *t, const char *line, size_t len)
{
        const struct csv *c = t->state;
        struct text f[FIELDS_MAX];
        int n = split(c->separator, line, len, f);
        trim(f, n);
        struct cache_request r = {.at_us = t->now_us};
        if (!len || c->at[KEY] >= n || !f[c->at[KEY]].len)
                return trace_skip(t, "a line without a key");
        if (c->at[TIME] >= 0 && !trace_parse_time(f[c->at[TIME]].at, f[c->at[TIME]].len, &r.at_us))
                return trace_skip(t, "a line whose time is no number");
        uint64_t size = number(c, f, n, SIZE) + number(c, f, n, KEY_SIZE), ttl = number(c, f, n, TTL), load = number(c, f, n, LOAD_US);
        r.key = key_of(t, &f[c->at[KEY]]);
        r.bytes = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
        r.ttl_s = ttl > 0 && ttl < INT32_MAX ? (int32_t)ttl : -1;
        r.load_us = load > UINT32_MAX ? UINT32_MAX : (uint32_t)load;
        if (c->at[OP] >= 0 && c->at[OP] < n)
                r.op = (uint8_t)trace_op_of(f[c->at[OP]].at, f[c->at[OP]].len);
        if (c->at[CLIENT] >= 0 && c->at[CLIENT] < n)
                r.process = trace_client(t, f[c->at[CLIENT]].at, f[c->at[CLIENT]].len);
        trace_push(t, &r);
}

static int read_lines(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        return trace_read_lines(t, parse, to, max, ret_n, err);
}

const struct trace_format trace_format_csv = {"csv", "columns, with a heading or as Twitter and libCacheSim order them", NULL, fits, begin, read_lines};
