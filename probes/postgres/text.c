#include "probes/postgres/text.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/sql.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

char *text_clean(struct arena *a, const char *text, bool keep_literals)
{
        bool data;
        char *plain = without_comments(a, text, &data), *normal = NULL;
        if (!data || keep_literals)
                return plain;
        if (is_plannable(sql_kind(plain)) && sql_normalize(a, plain, &normal, NULL) == 0)
                return normal;
        return text_without_literals(a, plain);
}

/* ── Repair ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *const typed_literals[] = {"date",  "time",    "timestamp", "timestamptz", "timetz",  "interval", "int",     "int2",  "int4",
                                             "int8",  "integer", "bigint",    "smallint",    "numeric", "decimal",  "float4",  "float8", "real",
                                             "text",  "varchar", "char",      "bpchar",      "bool",    "boolean",  "uuid",    "json",   "jsonb",
                                             "bytea", "inet",    "cidr",      "point",       "box",     "regclass", "tsquery", "tsvector"};

/* The tokens that mean something, in order. */
struct tokens {
        struct arena *arena;
        VEC(struct text_token) list;
};

static bool is_word(const struct tokens *t, size_t i, const char *text)
{
        return i < t->list.len && t->list.items[i].kind == TOKEN_WORD && strlen(text) == t->list.items[i].len &&
               !strncasecmp(t->list.items[i].at, text, t->list.items[i].len);
}

static bool is_char(const struct tokens *t, size_t i, char c)
{
        return i < t->list.len && t->list.items[i].kind == TOKEN_OTHER && t->list.items[i].len == 1 && *t->list.items[i].at == c;
}

static void read_tokens(struct tokens *t, const char *text)
{
        for (struct text_token n = text_next(text); n.kind != TOKEN_END; n = text_next(n.at + n.len))
                if (n.kind != TOKEN_SPACE && n.kind != TOKEN_COMMENT)
                        *vec_push(t->arena, &t->list) = n;
}

/* How many tokens from i on name a type and are followed by a parameter: `timestamp with time zone $1` has four. */
static size_t type_before_param(const struct tokens *t, size_t i)
{
        size_t n = 0;
        if (t->list.items[i].kind != TOKEN_WORD || (i && is_char(t, i - 1, '.')))
                return 0;
        for (size_t k = 0; k < sizeof typed_literals / sizeof *typed_literals; k++)
                if (is_word(t, i, typed_literals[k]))
                        n = 1;
        if (is_word(t, i, "double") && is_word(t, i + 1, "precision"))
                n = 2;
        if ((is_word(t, i, "timestamp") || is_word(t, i, "time")) && (is_word(t, i + 1, "with") || is_word(t, i + 1, "without")) &&
            is_word(t, i + 2, "time") && is_word(t, i + 3, "zone"))
                n = 4;
        return n && i + n < t->list.len && t->list.items[i + n].kind == TOKEN_PARAM ? n : 0;
}

struct numbering {
        int old[TEXT_PARAMS_MAX];
        int count;
};

static int number_again(struct numbering *n, const struct text_token *param)
{
        int old = 0;
        for (size_t i = 1; i < param->len && old < 1000000; i++)
                old = old * 10 + (param->at[i] - '0');
        for (int i = 0; i < n->count; i++)
                if (n->old[i] == old)
                        return i + 1;
        if (n->count == TEXT_PARAMS_MAX)
                return TEXT_PARAMS_MAX;
        n->old[n->count++] = old;
        return n->count;
}

/* White space between two tokens stays as it was, but for what was removed. */
static void add_gap(struct str *out, const struct tokens *t, size_t i)
{
        if (i && t->list.items[i - 1].at + t->list.items[i - 1].len < t->list.items[i].at)
                str_add_char(out, ' ');
}

static size_t add_repaired(struct str *out, const struct tokens *t, size_t i, struct numbering *numbers)
{
        const struct text_token *now = &t->list.items[i];
        size_t type = type_before_param(t, i);
        add_gap(out, t, i);
        if (type) {
                str_printf(out, "$%d::", number_again(numbers, &t->list.items[i + type]));
                for (size_t k = i; k < i + type; k++)
                        str_printf(out, "%s%.*s", k > i ? " " : "", (int)t->list.items[k].len, t->list.items[k].at);
                return type + 1;
        }
        if (is_word(t, i, "extract") && is_char(t, i + 1, '(') && is_word(t, i + 3, "from") && t->list.items[i + 2].kind == TOKEN_PARAM) {
                str_add(out, "extract(epoch");
                return 3;
        }
        if (now->kind == TOKEN_PARAM)
                str_printf(out, "$%d", number_again(numbers, now));
        else
                str_add_len(out, now->at, now->len);
        return 1;
}

char *text_repair(struct arena *a, const char *text, int *ret_params)
{
        struct tokens t = {.arena = a};
        struct numbering *numbers = arena_new_of(a, struct numbering);
        CLEANUP(str_release) struct str out = {0};
        read_tokens(&t, text);
        for (size_t i = 0; i < t.list.len;)
                i += add_repaired(&out, &t, i, numbers);
        if (ret_params)
                *ret_params = numbers->count;
        return arena_strdup(a, str_text(&out));
}

static int param_number(const struct text_token *t)
{
        return t && t->kind == TOKEN_PARAM ? atoi(t->at + 1) : 0;
}

void text_params_around(const char *text, size_t offset, int *ret_left, int *ret_right)
{
        struct text_token left = {0}, right = {0};
        for (struct text_token t = text_next(text); t.kind != TOKEN_END && !right.at; t = text_next(t.at + t.len)) {
                bool skip = t.kind == TOKEN_SPACE || t.kind == TOKEN_COMMENT || (t.kind == TOKEN_OTHER && strchr("()", *t.at));
                size_t begin = (size_t)(t.at - text);
                if (skip)
                        continue;
                if (begin < offset)
                        left = t;
                else if (t.kind != TOKEN_OTHER)
                        right = t;
        }
        *ret_left = param_number(&left);
        *ret_right = param_number(&right);
}
