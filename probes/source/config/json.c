/*
 * JSON: jansson says whether it is valid, a scanner of our own where the values stand (jansson keeps no positions of values).
 */
#include "lib/json.h"
#include "probes/source/config/config.h"

#include <ctype.h>
#include <string.h>

static uint32_t skip_blanks(const struct file *f, uint32_t at)
{
        while (at < f->len && isspace((unsigned char)f->bytes[at]))
                at++;
        return at;
}

/* From an opening quote to the byte after the closing one. */
static uint32_t string_end(const struct file *f, uint32_t at)
{
        for (at++; at < f->len && f->bytes[at] != '"'; at++)
                at += f->bytes[at] == '\\';
        return at < f->len ? at + 1 : (uint32_t)f->len;
}

static const char *unescaped(struct arena *a, const char *text)
{
        char *out = arena_strdup(a, text), *o = out;
        for (const char *p = text; *p; p++) {
                if (*p == '\\' && p[1])
                        *o++ = *++p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
                else
                        *o++ = *p;
        }
        *o = '\0';
        return out;
}

static uint32_t put(struct file *f, uint32_t at, const char *path, int depth);

static uint32_t put_members(struct file *f, uint32_t at, const char *path, bool object, int depth)
{
        for (int i = 0; (at = skip_blanks(f, at)) < f->len && f->bytes[at] != '}' && f->bytes[at] != ']'; i++) {
                const char *name = NULL;
                if (object) {
                        uint32_t end = string_end(f, at);
                        name = span_text(f, (struct span){at + 1, end - 1});
                        at = skip_blanks(f, end) + 1; /* past the colon */
                }
                at = put(f, at, name ? config_key(f, path, name) : arena_printf(f->source->arena, "%s%s%d", path, *path ? "." : "", i), depth + 1);
                at = skip_blanks(f, at);
                at += at < f->len && f->bytes[at] == ',';
        }
        return at < f->len ? at + 1 : at;
}

/* The value at `at`; returns the byte after it. Only called on what jansson took. */
static uint32_t put(struct file *f, uint32_t at, const char *path, int depth)
{
        at = skip_blanks(f, at);
        if (at >= f->len || depth > JSON_DEPTH_MAX)
                return (uint32_t)f->len;
        if (f->bytes[at] == '{' || f->bytes[at] == '[')
                return put_members(f, at + 1, path, f->bytes[at] == '{', depth);
        bool quoted = f->bytes[at] == '"';
        uint32_t end = quoted ? string_end(f, at) : span_find(f, (struct span){at, (uint32_t)f->len}, ",]} \t\r\n");
        struct entry *e = config_add(f, path, quoted ? (struct span){at + 1, end - 1} : (struct span){at, end}, quoted);
        if (e && quoted && strchr(e->value, '\\'))
                e->value = unescaped(f->source->arena, e->value);
        return end > at ? end : at + 1;
}

void config_read_json(struct file *f)
{
        CLEANUP(json_free) struct json *j = NULL;
        struct err err = {0};
        if (json_parse(f->path, f->bytes, f->len, &j, &err) == 0) {
                put(f, 0, "", 0);
                return;
        }
        f->note = arena_strdup(f->source->arena, err.msg);
        f->unparsed_line = err.line > 0 ? err.line : 1;
}
