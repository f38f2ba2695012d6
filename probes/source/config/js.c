/*
 * JavaScript that is configuration: ecosystem.config.js of PM2. There is no grammar of the language here; what is written down as literals
 * (objects, arrays, strings, numbers) becomes entries as in JSON, anything else one entry that is marked as not known, up to the comma or
 * bracket that ends it.
 */
#include "probes/source/config/config.h"

#include <ctype.h>
#include <string.h>

enum { NEST_MAX = 40 };

static uint32_t skip_comment(const struct file *f, uint32_t at)
{
        bool line = f->bytes[at + 1] == '/';
        const char *end = memmem(f->bytes + at + 2, f->len - at - 2, line ? "\n" : "*/", line ? 1 : 2);
        return end ? (uint32_t)(end - f->bytes) + (line ? 1 : 2) : (uint32_t)f->len;
}

static bool is_comment(const struct file *f, uint32_t at)
{
        return at + 1 < f->len && f->bytes[at] == '/' && (f->bytes[at + 1] == '/' || f->bytes[at + 1] == '*');
}

static uint32_t skip_blanks(const struct file *f, uint32_t at)
{
        for (;;) {
                while (at < f->len && isspace((unsigned char)f->bytes[at]))
                        at++;
                if (!is_comment(f, at))
                        return at;
                at = skip_comment(f, at);
        }
}

static bool is_quote(char c)
{
        return c == '"' || c == '\'' || c == '`';
}

/* From an opening quote to the byte after the closing one. */
static uint32_t string_end(const struct file *f, uint32_t at)
{
        char quote = f->bytes[at];
        for (at++; at < f->len && f->bytes[at] != quote; at++)
                at += f->bytes[at] == '\\';
        return at < f->len ? at + 1 : (uint32_t)f->len;
}

/* To the comma or bracket that ends an expression. */
static uint32_t expression_end(const struct file *f, uint32_t at)
{
        int depth = 0;
        while (at < f->len) {
                char c = f->bytes[at];
                if (is_quote(c)) {
                        at = string_end(f, at);
                        continue;
                }
                if (is_comment(f, at)) {
                        at = skip_comment(f, at);
                        continue;
                }
                if (depth == 0 && (c == ',' || c == ';' || c == ')' || c == ']' || c == '}'))
                        return at;
                depth += c == '(' || c == '[' || c == '{';
                depth -= c == ')' || c == ']' || c == '}';
                at++;
        }
        return at;
}

static bool is_literal(const struct file *f, struct span value)
{
        const char *text = f->bytes + value.start;
        size_t n = value.end - value.start;
        if (!n)
                return false;
        if (is_quote(*text))
                return string_end(f, value.start) == value.end && !memchr(text, '\\', n) && !(*text == '`' && memmem(text, n, "${", 2));
        if (isdigit((unsigned char)*text) || *text == '-')
                return strspn(span_text(f, value), "-0123456789._") == n;
        return span_is(f, value, "true") || span_is(f, value, "false") || span_is(f, value, "null");
}

static uint32_t put(struct file *f, uint32_t at, const char *path, int depth);

/* A name and the colon after it; 0 when the member has none: {...others}, {name}. */
static uint32_t read_name(const struct file *f, uint32_t at, const char **name)
{
        struct span s = {at, at};
        if (is_quote(f->bytes[at])) {
                s = (struct span){at + 1, string_end(f, at) - 1};
                at = s.end + 1;
        } else {
                while (at < f->len && (isalnum((unsigned char)f->bytes[at]) || f->bytes[at] == '_' || f->bytes[at] == '$'))
                        at++;
                s.end = at;
        }
        at = skip_blanks(f, at);
        if (s.end < s.start || at >= f->len || f->bytes[at] != ':' || s.start == s.end)
                return 0;
        *name = span_text(f, s);
        return at + 1;
}

static uint32_t put_members(struct file *f, uint32_t at, const char *path, bool object, int depth)
{
        for (int i = 0; (at = skip_blanks(f, at)) < f->len && f->bytes[at] != '}' && f->bytes[at] != ']'; i++) {
                const char *name = NULL;
                uint32_t before = at, value = object ? read_name(f, at, &name) : at;
                if (object ? value : f->bytes[at] != '.')
                        at = put(f, value, object ? config_key(f, path, name) : arena_printf(f->source->arena, "%s%s%d", path, *path ? "." : "", i), depth + 1);
                else
                        at = expression_end(f, at);
                at = skip_blanks(f, at);
                at += at < f->len && f->bytes[at] == ',';
                if (at == before)
                        return (uint32_t)f->len; /* neither ends it nor goes on: no object after all */
        }
        return at < f->len ? at + 1 : at;
}

/* The value at `at`; returns the byte after it. */
static uint32_t put(struct file *f, uint32_t at, const char *path, int depth)
{
        at = skip_blanks(f, at);
        if (at >= f->len || depth > NEST_MAX)
                return (uint32_t)f->len;
        if (f->bytes[at] == '{' || f->bytes[at] == '[')
                return put_members(f, at + 1, path, f->bytes[at] == '{', depth);
        uint32_t end = expression_end(f, at);
        struct span value = span_trim(f, (struct span){at, end});
        bool literal = is_literal(f, value), quoted = literal && is_quote(f->bytes[at]);
        struct entry *e = config_add(f, path, quoted ? (struct span){value.start + 1, value.end - 1} : value, quoted);
        if (e)
                e->templated = !literal;
        return end;
}

void config_read_js(struct file *f)
{
        static const char *const starts[] = {"module.exports", "export default"};
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
                const char *at = memmem(f->bytes, f->len, starts[i], strlen(starts[i]));
                if (!at)
                        continue;
                uint32_t from = skip_blanks(f, (uint32_t)(at - f->bytes) + (uint32_t)strlen(starts[i]));
                put(f, from < f->len && f->bytes[from] == '=' ? from + 1 : from, "", 0);
                return;
        }
}
