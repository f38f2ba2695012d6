/*
 * A tokenizer that is good enough to see parameters, words and brackets.
 */
#include "lib/plannable_impl.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/plannable.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_word_start(char c)
{
        return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
        return is_word_start(c) || isdigit((unsigned char)c) || c == '$';
}

static size_t quoted_len(const char *p, bool escapes)
{
        size_t i = 1;
        for (; p[i]; i++) {
                if (escapes && p[i] == '\\' && p[i + 1])
                        i++;
                else if (p[i] == *p && p[i + 1] == *p)
                        i++;
                else if (p[i] == *p)
                        return i + 1;
        }
        return i;
}

static size_t dollar_len(const char *p)
{
        size_t tag = 1;
        while (is_word(p[tag]) && p[tag] != '$')
                tag++;
        if (p[tag] != '$')
                return 1;
        tag++;
        for (size_t i = tag; p[i]; i++)
                if (!strncmp(p + i, p, tag))
                        return i + tag;
        return strlen(p);
}

/* Comments nest. */
static size_t comment_len(const char *p)
{
        size_t i = 0;
        for (int depth = 0; p[i]; i++) {
                if (p[i] == '/' && p[i + 1] == '*') {
                        depth++, i++;
                } else if (p[i] == '*' && p[i + 1] == '/') {
                        i++;
                        if (!--depth)
                                return i + 1;
                }
        }
        return i;
}

static size_t space_len(const char *p)
{
        if (p[0] == '-' && p[1] == '-')
                return strcspn(p, "\r\n");
        if (p[0] == '/' && p[1] == '*')
                return comment_len(p);
        size_t i = 0;
        while (isspace((unsigned char)p[i]))
                i++;
        return i;
}

static size_t token_len(const char *p, enum token_kind *kind)
{
        size_t n = space_len(p);
        *kind = TOKEN_SPACE;
        if (n)
                return n;
        *kind = TOKEN_QUOTED;
        if (*p == '\'' || *p == '"')
                return quoted_len(p, false);
        if ((*p == 'E' || *p == 'e') && p[1] == '\'')
                return 1 + quoted_len(p + 1, true);
        *kind = TOKEN_PARAM;
        if (*p == '$' && isdigit((unsigned char)p[1]))
                return 1 + strspn(p + 1, "0123456789");
        *kind = TOKEN_QUOTED;
        if (*p == '$')
                return dollar_len(p);
        *kind = TOKEN_WORD;
        if (is_word_start(*p)) {
                while (is_word(p[n]))
                        n++;
                return n;
        }
        *kind = TOKEN_NUMBER;
        if (isdigit((unsigned char)*p))
                return strspn(p, "0123456789.eE");
        *kind = TOKEN_OTHER;
        return p[0] == ':' && p[1] == ':' ? 2 : 1;
}

void tokens_read(struct arena *a, const char *sql, struct tokens *t)
{
        *t = (struct tokens){.arena = a};
        for (const char *p = sql; *p;) {
                struct token k = {.at = (size_t)(p - sql)};
                size_t n = token_len(p, &k.kind);
                k.text = arena_strndup(a, p, n);
                if (k.kind == TOKEN_PARAM)
                        k.number = atoi(k.text + 1);
                *vec_push(a, &t->v) = k;
                p += n;
        }
}

char *tokens_join(const struct tokens *t)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < t->v.len; i++)
                str_add(&s, t->v.items[i].text);
        return arena_strdup(t->arena, str_text(&s));
}

/* The nearest token that is not blank, after (step 1) or before (-1) i; -1 when there is none. */
long tokens_near(const struct tokens *t, long i, int step)
{
        for (i += step; i >= 0 && i < (long)t->v.len; i += step)
                if (t->v.items[i].kind != TOKEN_SPACE)
                        return i;
        return -1;
}

const struct token *tokens_at(const struct tokens *t, long i)
{
        static const struct token none = {.kind = TOKEN_SPACE, .text = ""};
        return i < 0 || i >= (long)t->v.len ? &none : &t->v.items[i];
}

bool tokens_is(const struct tokens *t, long i, const char *word)
{
        return i >= 0 && tokens_at(t, i)->kind != TOKEN_QUOTED && !strcasecmp(tokens_at(t, i)->text, word);
}

bool tokens_is_any(const struct tokens *t, long i, const char *const *words)
{
        for (; *words; words++)
                if (tokens_is(t, i, *words))
                        return true;
        return false;
}

bool tokens_is_param(const struct tokens *t, long i)
{
        return i >= 0 && tokens_at(t, i)->kind == TOKEN_PARAM;
}

bool tokens_is_literal(const struct tokens *t, long i)
{
        const struct token *k = tokens_at(t, i);
        return k->kind == TOKEN_NUMBER || (k->kind == TOKEN_QUOTED && *k->text != '"');
}

void tokens_set(const struct tokens *t, long i, const char *text)
{
        t->v.items[i].text = text;
}

long tokens_partner(const struct tokens *t, long i)
{
        int step = tokens_is(t, i, "(") ? 1 : -1, depth = 0;
        for (; i >= 0; i = tokens_near(t, i, step)) {
                depth += tokens_is(t, i, "(") ? 1 : tokens_is(t, i, ")") ? -1 : 0;
                if (!depth)
                        return i;
        }
        return -1;
}

static size_t byte_of(const char *text, int position)
{
        const char *p = text;
        for (int i = 1; i < position && *p; i++)
                do
                        p++;
                while ((*p & 0xC0) == 0x80);
        return (size_t)(p - text);
}

long tokens_find(const struct tokens *t, const char *text, int position)
{
        size_t byte = byte_of(text, position);
        for (long i = (long)t->v.len - 1; position > 0 && i >= 0; i--)
                if (t->v.items[i].at <= byte)
                        return t->v.items[i].kind == TOKEN_SPACE ? tokens_near(t, i, 1) : i;
        return -1;
}

char *tokens_renumber(struct arena *a, const char *text)
{
        struct tokens t;
        tokens_read(a, text, &t);
        struct {
                int from[PLANNABLE_PARAMS_MAX];
                int len;
        } *seen = arena_alloc(a, sizeof *seen);
        for (size_t i = 0; i < t.v.len; i++) {
                struct token *k = &t.v.items[i];
                if (k->kind != TOKEN_PARAM)
                        continue;
                int n = 0;
                while (n < seen->len && seen->from[n] != k->number)
                        n++;
                if (n == PLANNABLE_PARAMS_MAX)
                        return NULL;
                if (n == seen->len)
                        seen->from[seen->len++] = k->number;
                k->text = arena_printf(a, "$%d", n + 1);
        }
        return tokens_join(&t);
}
