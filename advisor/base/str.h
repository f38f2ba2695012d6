/*
 * A growing byte string on the heap. Always NUL-terminated; `{0}` is a valid empty one. It has a ceiling of 256 MB:
 * past it (or when memory ends) the arena's exhaustion handler is called.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
        char *buf;
        size_t len, cap;
};

void str_release(struct str *s);
void str_clear(struct str *s); /* empties, keeps the memory */
void str_add(struct str *s, const char *text);
void str_add_len(struct str *s, const void *bytes, size_t len);
void str_add_char(struct str *s, char c);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *s, const char *fmt, va_list ap);

/* The text, "" when empty: borrowed until the next change. */
const char *str_text(const struct str *s);

/* Hands the buffer over (malloc) and empties s. */
char *str_take(struct str *s);

static inline void str_release_cleanup(struct str *s)
{
        str_release(s);
}

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_any_of(const char *s, const char *const *list, size_t n); /* is it one of them? */
#define ANY_OF(s, ...) str_any_of((s), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/*
 * Appends text made safe for a terminal: control characters, invalid UTF-8 and bidi controls become visible \xNN or
 * \u{NNNN} escapes. Newlines are kept only when `keep_newlines`.
 */
void str_add_visible(struct str *s, const char *text, bool keep_newlines);
