#include "probes/postgres/text.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/sql.h"

#include <ctype.h>
#include <string.h>

/* ── Tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool in_word(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

static size_t quoted(const char *at, char quote, bool escapes)
{
        const char *p = at + 1;
        for (; *p; p++) {
                if (escapes && *p == '\\' && p[1])
                        p++;
                else if (*p == quote && p[1] == quote)
                        p++;
                else if (*p == quote)
                        return (size_t)(p + 1 - at);
        }
        return (size_t)(p - at);
}

/* $tag$ ... $tag$; 0 when this is no such quote. */
static size_t dollar_quoted(const char *at)
{
        const char *p = at + 1;
        while (*p != '$' && in_word(*p) && !(p == at + 1 && isdigit((unsigned char)*p)))
                p++;
        if (*p != '$')
                return 0;
        size_t tag = (size_t)(p + 1 - at);
        for (p++; *p; p++)
                if (!strncmp(p, at, tag))
                        return (size_t)(p + tag - at);
        return (size_t)(p - at);
}

static size_t block_comment(const char *at)
{
        int depth = 0;
        const char *p = at;
        for (; *p; p++) {
                if (p[0] == '/' && p[1] == '*') {
                        depth++, p++;
                } else if (p[0] == '*' && p[1] == '/') {
                        p++;
                        if (--depth == 0)
                                return (size_t)(p + 1 - at);
                }
        }
        return (size_t)(p - at);
}

static size_t number(const char *at)
{
        const char *p = at;
        while (isalnum((unsigned char)*p) || *p == '_' || (*p == '.' && p[1] != '.') ||
               ((*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E') && p > at))
                p++;
        return (size_t)(p - at);
}

static size_t word(const char *at)
{
        const char *p = at;
        while (in_word(*p))
                p++;
        return (size_t)(p - at);
}

static struct text_token token(enum text_token_kind kind, const char *at, size_t len)
{
        return (struct text_token){kind, at, len ? len : 1};
}

static struct text_token dollar(const char *at)
{
        if (isdigit((unsigned char)at[1]))
                return token(TOKEN_PARAM, at, 1 + strspn(at + 1, "0123456789"));
        size_t len = dollar_quoted(at);
        return token(len ? TOKEN_STRING : TOKEN_OTHER, at, len);
}

static struct text_token comment_or_operator(const char *at)
{
        if (at[0] == '-' && at[1] == '-')
                return token(TOKEN_COMMENT, at, strcspn(at, "\n"));
        if (at[0] == '/' && at[1] == '*')
                return token(TOKEN_COMMENT, at, block_comment(at));
        return token(TOKEN_OTHER, at, at[0] == ':' && at[1] == ':' ? 2 : 1);
}

struct text_token text_next(const char *at)
{
        if (!*at)
                return (struct text_token){TOKEN_END, at, 0};
        if (isspace((unsigned char)*at))
                return token(TOKEN_SPACE, at, strspn(at, " \t\r\n\f\v"));
        if (*at == '\'')
                return token(TOKEN_STRING, at, quoted(at, '\'', false));
        if (strchr("eEbBxXnN", *at) && at[1] == '\'')
                return token(TOKEN_STRING, at, 1 + quoted(at + 1, '\'', *at == 'e' || *at == 'E'));
        if (*at == '"')
                return token(TOKEN_NAME, at, quoted(at, '"', false));
        if (*at == '$')
                return dollar(at);
        if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1])))
                return token(TOKEN_NUMBER, at, number(at));
        if (in_word(*at))
                return token(TOKEN_WORD, at, word(at));
        return comment_or_operator(at);
}

/* ── Privacy ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

char *text_without_literals(struct arena *a, const char *text)
{
        CLEANUP(str_release) struct str out = {0};
        for (struct text_token t = text_next(text); t.kind != TOKEN_END; t = text_next(t.at + t.len)) {
                if (t.kind == TOKEN_STRING || t.kind == TOKEN_NUMBER)
                        str_add_char(&out, '?');
                else
                        str_add_len(&out, t.at, t.len);
        }
        return arena_strdup(a, str_text(&out));
}

/* Ordinals and lengths of types (numeric(10,2)) are no data. */
static bool is_data(const struct text_token *t)
{
        return t->kind == TOKEN_STRING || (t->kind == TOKEN_NUMBER && t->len > 2);
}

static char *without_comments(struct arena *a, const char *text, bool *ret_data)
{
        CLEANUP(str_release) struct str out = {0};
        *ret_data = false;
        for (struct text_token t = text_next(text); t.kind != TOKEN_END; t = text_next(t.at + t.len)) {
                *ret_data |= is_data(&t);
                if (t.kind == TOKEN_COMMENT)
                        str_add_char(&out, ' ');
                else
                        str_add_len(&out, t.at, t.len);
        }
        const char *from = str_text(&out) + strspn(str_text(&out), " \t\r\n");
        size_t len = strlen(from);
        while (len && isspace((unsigned char)from[len - 1]))
                len--;
        return arena_strndup(a, from, len);
}

static bool is_plannable(const char *kind)
{
        return !strcmp(kind, "select") || !strcmp(kind, "insert") || !strcmp(kind, "update") || !strcmp(kind, "delete");
}

static char *without_data(struct arena *a, char *plain)
{
        char *normal = NULL;
        if (is_plannable(sql_kind(plain)) && sql_normalize(a, plain, &normal, NULL) == 0)
                return normal;
        return text_without_literals(a, plain);
}

char *text_clean(struct arena *a, const char *text, bool keep_literals)
{
        bool data;
        char *plain = without_comments(a, text, &data);
        return !data || keep_literals ? plain : without_data(a, plain);
}

char *text_normal(struct arena *a, const char *text, bool keep_literals)
{
        bool data;
        char *plain = without_comments(a, text, &data);
        return keep_literals ? plain : without_data(a, plain);
}
