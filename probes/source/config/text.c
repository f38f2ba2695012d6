/*
 * Lines, spans and quotes of configuration files: what the line-based readers share.
 */
#include "probes/source/config/config.h"

#include <ctype.h>
#include <string.h>

struct span config_line(const struct file *f, size_t l)
{
        uint32_t end = l + 1 < f->line_count ? f->lines[l + 1] - 1 : (uint32_t)f->len;
        bool crlf = end > f->lines[l] && f->bytes[end - 1] == '\r';
        return (struct span){f->lines[l], end - crlf};
}

struct span span_trim(const struct file *f, struct span s)
{
        while (s.start < s.end && isspace((unsigned char)f->bytes[s.start]))
                s.start++;
        while (s.end > s.start && isspace((unsigned char)f->bytes[s.end - 1]))
                s.end--;
        return s;
}

uint32_t span_find(const struct file *f, struct span s, const char *any)
{
        while (s.start < s.end && !strchr(any, f->bytes[s.start]))
                s.start++;
        return s.start;
}

struct span span_uncomment(const struct file *f, struct span s, const char *signs)
{
        for (uint32_t i = s.start + 1; i < s.end; i++)
                if (strchr(signs, f->bytes[i]) && isspace((unsigned char)f->bytes[i - 1]))
                        s.end = i;
        return span_trim(f, s);
}

bool span_is(const struct file *f, struct span s, const char *text)
{
        size_t n = strlen(text);
        return s.end - s.start == n && !memcmp(f->bytes + s.start, text, n);
}

bool span_starts(const struct file *f, struct span s, const char *text)
{
        size_t n = strlen(text);
        return s.end - s.start >= n && !memcmp(f->bytes + s.start, text, n);
}

const char *span_text(const struct file *f, struct span s)
{
        return file_text(f->source->arena, f, s.start, s.end);
}

bool span_unquote(const struct file *f, struct span *s)
{
        if (s->start == s->end || (f->bytes[s->start] != '\'' && f->bytes[s->start] != '"'))
                return false;
        const char quote[2] = {f->bytes[s->start++], 0};
        uint32_t end = s->start;
        while (end < s->end && f->bytes[end] != *quote)
                end += *quote == '"' && f->bytes[end] == '\\' && end + 1 < s->end ? 2 : 1;
        s->end = end;
        return true;
}

struct entry *config_add(struct file *f, const char *key, struct span value, bool quoted)
{
        if (f->entries.len >= ENTRIES_MAX) {
                f->note = "more settings than one file may have: the rest is left out";
                return NULL;
        }
        struct entry *e = vec_push(f->source->arena, &f->entries);
        *e = (struct entry){.key = key, .value = span_text(f, value), .start = value.start, .end = value.end, .quoted = quoted};
        e->templated = strstr(e->value, "{{") || strstr(e->value, "{%");
        return e;
}

const char *config_key(const struct file *f, const char *prefix, const char *name)
{
        return *prefix ? arena_printf(f->source->arena, "%s.%s", prefix, name) : name;
}

/* ── Templates ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void blank(char *bytes, uint32_t start, uint32_t end, char with)
{
        for (uint32_t i = start; i < end; i++)
                if (bytes[i] != '\n' && bytes[i] != '\r')
                        bytes[i] = with;
}

static bool alone_on_line(const struct file *f, uint32_t start, uint32_t end)
{
        while (start > 0 && (f->bytes[start - 1] == ' ' || f->bytes[start - 1] == '\t'))
                start--;
        while (end < f->len && (f->bytes[end] == ' ' || f->bytes[end] == '\t' || f->bytes[end] == '\r'))
                end++;
        return (start == 0 || f->bytes[start - 1] == '\n') && (end >= f->len || f->bytes[end] == '\n');
}

/* Between {% if %} and {% endif %} nothing is certain either; Helm's blocks stand alone in {{ }}. */
static int opens_block(const struct file *f, uint32_t start, uint32_t end)
{
        while (start < end && strchr("{%- \t", f->bytes[start]))
                start++;
        struct span word = {start, end};
        static const char *const open[] = {"if ", "if(", "for ", "with ", "range ", "macro ", "call ", "define "};
        for (size_t i = 0; i < sizeof open / sizeof *open; i++)
                if (span_starts(f, word, open[i]))
                        return 1;
        return span_starts(f, word, "end") ? -1 : 0;
}

static uint32_t template_end(const struct file *f, uint32_t start)
{
        const char close[2] = {f->bytes[start + 1] == '{' ? '}' : f->bytes[start + 1], '}'};
        const char *at = memmem(f->bytes + start + 2, f->len - start - 2, close, 2);
        return at ? (uint32_t)(at - f->bytes) + 2 : 0;
}

const char *config_mask(const struct file *f, struct holes *holes)
{
        if (!memmem(f->bytes, f->len, "{{", 2) && !memmem(f->bytes, f->len, "{%", 2))
                return NULL;
        char *bytes = arena_strndup(holes->arena, f->bytes, f->len);
        uint32_t block = 0, end;
        int depth = 0;
        char open[] = "{%#"; /* signs that something closes further on */
        for (uint32_t i = 0; i + 1 < f->len; i++) {
                char *sign = f->bytes[i] == '{' && f->bytes[i + 1] ? strchr(open, f->bytes[i + 1]) : NULL;
                if (!sign)
                        continue;
                if (!(end = template_end(f, i))) {
                        *sign = ' ';
                        continue;
                }
                bool value = f->bytes[i + 1] == '{' && !alone_on_line(f, i, end);
                int step = value || f->bytes[i + 1] == '#' ? 0 : opens_block(f, i, end);
                if (step > 0 && depth++ == 0)
                        block = i;
                if (step < 0 && depth > 0 && --depth == 0)
                        *vec_push(holes->arena, holes) = (struct span){block, end};
                if (value)
                        *vec_push(holes->arena, holes) = (struct span){i, end};
                blank(bytes, i, end, value ? 'x' : ' ');
                i = end - 1;
        }
        return bytes;
}

bool config_is_hole(const struct holes *holes, struct span s)
{
        for (size_t i = 0; i < holes->len; i++)
                if (s.start < holes->items[i].end && holes->items[i].start < s.end)
                        return true;
        return false;
}
