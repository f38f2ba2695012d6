#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STR_MAX = 256 << 20 };

static void reserve(struct str *s, size_t more)
{
        if (s->cap - s->len > more)
                return;
        size_t want = s->len + more + 1, cap = s->cap ? s->cap : 64;
        while (cap < want)
                cap *= 2;
        char *buf = want > STR_MAX ? NULL : realloc(s->buf, cap);
        if (!buf) {
                fprintf(stderr, "perfadvise: out of memory for a text of %zu bytes; nothing changed\n", want);
                _Exit(5);
        }
        s->buf = buf;
        s->cap = cap;
}

void str_release(struct str *s)
{
        free(s->buf);
        *s = (struct str){0};
}

void str_clear(struct str *s)
{
        s->len = 0;
        if (s->buf)
                s->buf[0] = '\0';
}

void str_add_len(struct str *s, const void *bytes, size_t len)
{
        reserve(s, len);
        if (len)
                memcpy(s->buf + s->len, bytes, len);
        s->len += len;
        s->buf[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
        str_add_len(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
        str_add_len(s, &c, 1);
}

void str_vprintf(struct str *s, const char *fmt, va_list ap)
{
        va_list again;
        va_copy(again, ap);
        int len = vsnprintf(NULL, 0, fmt, ap);
        if (len > 0) {
                reserve(s, (size_t)len);
                vsnprintf(s->buf + s->len, (size_t)len + 1, fmt, again);
                s->len += (size_t)len;
        }
        va_end(again);
}

void str_printf(struct str *s, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        str_vprintf(s, fmt, ap);
        va_end(ap);
}

const char *str_text(const struct str *s)
{
        return s->buf ? s->buf : "";
}

char *str_take(struct str *s)
{
        reserve(s, 0);
        s->buf[s->len] = '\0';
        char *buf = s->buf;
        *s = (struct str){0};
        return buf;
}

bool str_starts(const char *s, const char *prefix)
{
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
        size_t n = strlen(s), m = strlen(suffix);
        return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_any_of(const char *s, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (*s == *list[i] && !strcmp(s, list[i]))
                        return true;
        return false;
}

/* Length of the UTF-8 sequence at p, with its code point; 0 when it is not valid UTF-8. */
static size_t utf8_at(const unsigned char *p, uint32_t *ret_cp)
{
        if (p[0] < 0x80) {
                *ret_cp = p[0];
                return 1;
        }
        size_t n = p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
        if (!n || p[0] >= 0xf5)
                return 0;
        uint32_t cp = p[0] & (0xffu >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                cp = cp << 6 | (p[i] & 0x3f);
        }
        bool overlong = (n == 3 && cp < 0x800) || (n == 4 && cp < 0x10000);
        if (overlong || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
                return 0;
        *ret_cp = cp;
        return n;
}

static bool hidden(uint32_t cp)
{
        return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
               (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

void str_add_visible(struct str *s, const char *text, bool keep_newlines)
{
        const unsigned char *p = (const unsigned char *)text;
        while (*p) {
                uint32_t cp = 0;
                size_t n = utf8_at(p, &cp);
                if (!n) {
                        str_printf(s, "\\x%02x", *p++);
                        continue;
                }
                if ((cp == '\n' && keep_newlines) || !hidden(cp))
                        str_add_len(s, p, n);
                else if (cp == '\n')
                        str_add_char(s, ' ');
                else if (cp < 0x100)
                        str_printf(s, "\\x%02x", cp);
                else
                        str_printf(s, "\\u{%04x}", cp);
                p += n;
        }
}
