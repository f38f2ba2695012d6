/*
 * One JSON object a line: {"ts": 1700000000.25, "key": "user:1", "bytes": 512, "op": "get", "ttl": 300, "load_us": 900, "pid": 7}. Only the key must be
 * there, as a text or a number. What the events of an application carry is of this form, too ("template" instead of the key's text, "key" a hash).
 */
#include "lib/json.h"
#include "trace/trace_impl.h"

#include <math.h>
#include <string.h>

static int fits(const struct trace_format *f, const char *path, const char *bytes, size_t len)
{
        const char *end = memchr(bytes, '\n', len);
        CLEANUP(json_free) struct json *j = NULL;
        (void)f, (void)path;
        return len && bytes[0] == '{' && end && json_parse(NULL, bytes, (size_t)(end - bytes), &j, NULL) == 0 ? 3 : 0;
}

static int begin(struct trace *t, struct err *err)
{
        (void)err;
        t->counts.has_time = t->counts.has_ttl = true;
        return 0;
}

static struct json *first_of(const struct json *j, const char *const *names)
{
        struct json *found = NULL;
        for (; *names && !found; names++)
                found = json_get(j, *names);
        return found;
}
#define GET(j, ...) first_of((j), (const char *const[]){__VA_ARGS__, NULL})

static uint32_t small(const struct json *j)
{
        double v = json_as_real(j);
        return v > 0 ? v < UINT32_MAX ? (uint32_t)v : UINT32_MAX : 0;
}

static void parse(struct trace *t, const char *line, size_t len)
{
        CLEANUP(json_free) struct json *j = NULL;
        if (!len)
                return;
        if (json_parse(NULL, line, len, &j, NULL) < 0 || json_kind(j) != JSON_MAP)
                return trace_skip(t, "a line that is no JSON object");
        const struct json *key = GET(j, "key", "key_hash", "id", "obj_id"), *client = GET(j, "pid", "process", "client");
        const char *text = json_as_text(key), *op = json_as_text(GET(j, "op", "operation", "command")), *template_ = json_as_text(json_get(j, "template"));
        double at_s = json_as_real(GET(j, "ts", "time", "timestamp", "at")), at_us = json_as_real(json_get(j, "at_us"));
        if (!text && json_kind(key) != JSON_NUMBER)
                return trace_skip(t, "an object without a key");
        struct cache_request r = {.at_us = t->now_us, .bytes = small(GET(j, "bytes", "size")), .load_us = small(json_get(j, "load_us")), .ttl_s = -1};
        uint32_t ttl = small(GET(j, "ttl", "ttl_s"));
        r.ttl_s = ttl && ttl < INT32_MAX ? (int32_t)ttl : -1;
        r.key = text ? trace_key(t, text, strlen(text)) : (uint64_t)json_as_int(key, 0);
        if (at_s > 0 && at_s < 1e12)
                r.at_us = (int64_t)(at_s * (at_s < 1e11 ? 1e6 : 1e3));
        if (at_us > 0 && at_us < 9e18)
                r.at_us = (int64_t)at_us;
        if (op)
                r.op = (uint8_t)trace_op_of(op, strlen(op));
        if (template_)
                r.kind = (uint8_t)(1 + cache_key_of(template_, strlen(template_)) % 255);
        if (client) {
                uint64_t id = json_as_text(client) ? cache_key_of(json_as_text(client), strlen(json_as_text(client))) : (uint64_t)json_as_int(client, 0);
                r.process = trace_client(t, (const char *)&id, sizeof id);
        }
        trace_push(t, &r);
}

static int read_lines(struct trace *t, struct cache_request *to, size_t max, size_t *ret_n, struct err *err)
{
        return trace_read_lines(t, parse, to, max, ret_n, err);
}

const struct trace_format trace_format_json = {"json", "one JSON object a line", NULL, fits, begin, read_lines};
