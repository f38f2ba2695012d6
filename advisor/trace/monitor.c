/*
 * The text of Redis' MONITOR:
 *
 *      1700000000.123456 [0 10.0.0.7:51514] "SET" "user:1" "{\"name\": ...}" "EX" "300"
 *
 * Reads, writes, removals and expiry of whole keys become requests; so do commands on fields of a key (HGET), as reads or writes of the key. The reply
 * is not in it: what was a hit is left to the model. Keys of different databases are different keys. The sizes of values are those of the
 * arguments, without escapes.
 */
#include "base/arena.h"
#include "trace/trace_impl.h"

#include <stdlib.h>
#include <string.h>

enum how { READ, READ_ALL /* every argument is a key */, WRITE, WRITE_PAIRS, REMOVE_ALL, EXPIRES, EXPIRES_MS, EXPIRES_AT, SETEX, PSETEX };

static const struct {
        const char *name;
        enum how how;
} commands[] = {
        {"append", WRITE}, {"decr", WRITE}, {"del", REMOVE_ALL}, {"exists", READ_ALL}, {"expire", EXPIRES}, {"expireat", EXPIRES_AT}, {"get", READ},
        {"getdel", READ}, {"getex", READ}, {"getrange", READ}, {"getset", WRITE}, {"hdel", WRITE}, {"hget", READ}, {"hgetall", READ},
        {"hincrby", WRITE}, {"hmget", READ}, {"hmset", WRITE}, {"hset", WRITE}, {"hvals", READ}, {"incr", WRITE}, {"incrby", WRITE},
        {"lpush", WRITE}, {"lrange", READ}, {"mget", READ_ALL}, {"mset", WRITE_PAIRS}, {"pexpire", EXPIRES_MS}, {"psetex", PSETEX},
        {"rpush", WRITE}, {"sadd", WRITE}, {"set", WRITE}, {"setex", SETEX}, {"setnx", WRITE}, {"sismember", READ}, {"smembers", READ},
        {"strlen", READ}, {"touch", READ_ALL}, {"unlink", REMOVE_ALL}, {"zadd", WRITE}, {"zrange", READ}, {"zscore", READ},
};

enum { ARGS_MAX = 1024 };
struct arg {
        char *at; /* unescaped */
        size_t len;
};
struct monitor {
        struct arg args[ARGS_MAX];
        char *buf; /* of the trace */
};

static int fits(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        const char *line = len > 3 && !memcmp(bytes, "OK\n", 3) ? bytes + 3 : bytes;
        size_t rest = len - (size_t)(line - bytes), n = 0;
        (void)f, (void)path;
        while (n < rest && ((line[n] >= '0' && line[n] <= '9') || line[n] == '.'))
                n++;
        return n > 10 && n + 4 < rest && !memcmp(line + n, " [", 2) && memchr(line + n, '"', rest - n) ? 3 : 0;
}

static int begin(struct trace *t, struct err *err)
{
        (void)err;
        t->counts.has_time = t->counts.has_ttl = true;
        if (!(t->state = calloc(1, sizeof(struct monitor))))
                arena_exhausted(sizeof(struct monitor));
        return 0;
}

static int hex(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Unescapes one quoted argument in place of `to`; returns what follows it, NULL when it does not end. */
static const char *unquote(const char *p, const char *end, char *to, size_t *ret_len)
{
        static const char from[] = "nrtab", into[] = "\n\r\t\a\b";
        size_t n = 0;
        for (p++; p < end && *p != '"'; p++) {
                if (*p != '\\' || p + 1 == end) {
                        to[n++] = *p;
                        continue;
                }
                const char *known = strchr(from, *++p);
                if (*p == 'x' && p + 2 < end && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
                        to[n++] = (char)(hex(p[1]) * 16 + hex(p[2]));
                        p += 2;
                } else {
                        to[n++] = known && *known ? into[known - from] : *p;
                }
        }
        *ret_len = n;
        return p < end ? p + 1 : NULL;
}

static size_t read_args(struct monitor *m, const char *p, const char *end)
{
        size_t n = 0, used = 0;
        while (n < ARGS_MAX && p < end && (p = memchr(p, '"', (size_t)(end - p)))) {
                m->args[n].at = m->buf + used;
                p = unquote(p, end, m->buf + used, &m->args[n].len);
                used += m->args[n].len;
                n++;
                if (!p)
                        return 0; /* cut off */
        }
        return n;
}

static bool is(const struct arg *a, const char *word)
{
        return a->len == strlen(word) && !strncasecmp(a->at, word, a->len);
}

static int32_t seconds_of(const struct arg *a, double scale, double less)
{
        uint64_t v;
        double s = trace_parse_uint(a->at, a->len, &v) ? (double)v * scale - less : 0;
        return s > 0 && s < INT32_MAX ? s < 1 ? 1 : (int32_t)s : -1;
}

/* EX, PX, EXAT and PXAT among the arguments behind key and value. */
static int32_t ttl_among(const struct arg *a, size_t from, size_t n, int64_t now_us)
{
        for (size_t i = from; i + 1 < n; i++)
                if (is(&a[i], "ex") || is(&a[i], "px"))
                        return seconds_of(&a[i + 1], is(&a[i], "px") ? 1e-3 : 1, 0);
                else if (is(&a[i], "exat") || is(&a[i], "pxat"))
                        return seconds_of(&a[i + 1], is(&a[i], "pxat") ? 1e-3 : 1, (double)now_us / 1e6);
        return -1;
}

static void push(struct trace *t, struct cache_request r, uint64_t database, const struct arg *key, size_t value, enum cache_op op)
{
        r.key = cache_mix(trace_key(t, key->at, key->len), database);
        r.bytes = value ? (uint32_t)(key->len + value) : 0;
        r.op = (uint8_t)op;
        trace_push(t, &r);
}

static void take_command(struct trace *t, struct cache_request r, uint64_t db, enum how how, const struct arg *a, size_t n)
{
        size_t value = n > 2 ? a[n - 1].len : 0;
        switch (how) {
        case READ:
                push(t, r, db, &a[1], 0, CACHE_GET);
                break;
        case READ_ALL:
        case REMOVE_ALL:
                for (size_t i = 1; i < n; i++)
                        push(t, r, db, &a[i], 0, how == READ_ALL ? CACHE_GET : CACHE_DELETE);
                break;
        case WRITE:
                r.ttl_s = ttl_among(a, 3, n, r.at_us);
                push(t, r, db, &a[1], n > 2 ? a[2].len : 1, CACHE_SET);
                break;
        case WRITE_PAIRS:
                for (size_t i = 1; i + 1 < n; i += 2)
                        push(t, r, db, &a[i], a[i + 1].len, CACHE_SET);
                break;
        case SETEX:
        case PSETEX:
                r.ttl_s = n > 2 ? seconds_of(&a[2], how == PSETEX ? 1e-3 : 1, 0) : -1;
                push(t, r, db, &a[1], value, CACHE_SET);
                break;
        default:
                r.ttl_s = n > 2 ? seconds_of(&a[2], how == EXPIRES_MS ? 1e-3 : 1, how == EXPIRES_AT ? (double)r.at_us / 1e6 : 0) : -1;
                push(t, r, db, &a[1], 0, CACHE_EXPIRE);
        }
}

static void parse(struct trace *t, const char *line, size_t len)
{
        struct monitor *m = t->state;
        const char *end = line + len, *blank = memchr(line, ' ', len), *close = blank ? memchr(blank, ']', (size_t)(end - blank)) : NULL;
        struct cache_request r = {.ttl_s = -1};
        uint64_t db;
        if (len == 2 && !memcmp(line, "OK", 2))
                return;
        if (!close || blank[1] != '[' || !trace_parse_time(line, (size_t)(blank - line), &r.at_us))
                return trace_skip(t, "a line that is not of MONITOR");
        const char *client = memchr(blank + 2, ' ', (size_t)(close - blank - 2));
        if (!client || !trace_parse_uint(blank + 2, (size_t)(client - blank - 2), &db))
                return trace_skip(t, "a line that is not of MONITOR");
        m->buf = trace_scratch(t, len);
        size_t n = read_args(m, close, end);
        if (n < 2)
                return trace_skip(t, n ? "a command without a key" : "a command that is cut off");
        r.process = trace_client(t, client, (size_t)(close - client));
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
                if (is(&m->args[0], commands[i].name))
                        return take_command(t, r, db, commands[i].how, m->args, n);
        trace_skip(t, "a command that reads or writes no single key");
}

static int read_lines(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        return trace_read_lines(t, parse, to, max, ret_n, err);
}

const struct trace_format trace_format_monitor = {"monitor", "what redis-cli MONITOR prints", NULL, fits, begin, read_lines};
