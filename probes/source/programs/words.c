/*
 * Command lines as words, with their places in the file where they stand there unchanged.
 */
#include "probes/source/programs/programs.h"

#include <ctype.h>
#include <string.h>

enum { WORDS_MAX = 256, VARIABLE_MAX = 64 };

struct splitter {
        struct source *s;
        const struct program *p;
        const char *text;
        uint32_t start;
        bool verbatim;
        struct words *out;
        struct str word;
        bool changed; /* the word is not the text as it stands */
};

static const char *value_of(const struct program *p, const char *name, size_t len)
{
        for (size_t i = p->environment.len; i-- > 0;)
                if (strlen(p->environment.items[i].name) == len && !strncmp(p->environment.items[i].name, name, len))
                        return p->environment.items[i].value;
        return NULL;
}

static size_t name_length(const char *p)
{
        size_t n = 0;
        while (n < VARIABLE_MAX && (isalnum((unsigned char)p[n]) || p[n] == '_'))
                n++;
        return n;
}

/* $X, ${X}, ${X:-5}, %(ENV_X)s. Returns the bytes that it takes, 0 when it is none. Unknown ones become a hole. */
static size_t variable(struct splitter *x, const char *p)
{
        bool brace = !strncmp(p, "${", 2), supervisor = !strncmp(p, "%(", 2), dollar = p[0] == '$' && p[1] == '$';
        const char *name = p + (brace || supervisor || dollar ? 2 : 1);
        if (supervisor && !strncmp(name, "ENV_", 4))
                name += 4;
        size_t n = name_length(name);
        if (!n || (*p == '%' && !supervisor) || (*p == '$' && p[1] == '('))
                return 0;
        const char *value = value_of(x->p, name, n), *end = name + n;
        x->changed = true;
        if (brace && end[0] == ':' && (end[1] == '-' || end[1] == '=')) {
                size_t len = strcspn(end + 2, "}");
                str_add_len(&x->word, value ? value : end + 2, value ? strlen(value) : len);
                end += 2 + len;
        } else if (value) {
                str_add(&x->word, value);
        } else {
                str_add_char(&x->word, '\001');
        }
        end += (brace && *end == '}') || (supervisor && *end == ')');
        end += supervisor && (*end == 's' || *end == 'd');
        return (size_t)(end - p);
}

static void finish(struct splitter *x, size_t from, size_t to)
{
        if (x->out->len < WORDS_MAX) {
                bool placed = x->verbatim && !x->changed;
                *vec_push(x->s->arena, x->out) = (struct word){.text = arena_strdup(x->s->arena, str_text(&x->word)), .start = placed ? x->start + (uint32_t)from : 0,
                                                               .end = placed ? x->start + (uint32_t)to : 0};
        }
        str_clear(&x->word);
        x->changed = false;
}

static bool is_blank(char c, bool json)
{
        return isspace((unsigned char)c) || (json && strchr(",[]", c));
}

/* One word from text[i]; returns where it ends. */
static size_t take_word(struct splitter *x, size_t i, bool json)
{
        const char *t = x->text;
        size_t from = i, skipped;
        char quote = 0;
        bool bare = true;
        for (; t[i] && (quote || !is_blank(t[i], json)); i++) {
                if (quote ? t[i] == quote : t[i] == '"' || t[i] == '\'') {
                        if (!quote && i > from)
                                x->changed = true;
                        from += !quote && i == from;
                        quote = quote ? 0 : t[i];
                        bare = false;
                } else if (t[i] == '\\' && t[i + 1] && quote != '\'') {
                        if (t[++i] != '\n')
                                str_add_char(&x->word, t[i]);
                        x->changed = true;
                } else if ((t[i] == '$' || t[i] == '%') && quote != '\'' && (skipped = variable(x, t + i))) {
                        i += skipped - 1;
                } else {
                        str_add_char(&x->word, t[i]);
                }
        }
        if (bare && x->word.len > 1 && str_text(&x->word)[x->word.len - 1] == ';') { /* "a; b" */
                x->word.buf[--x->word.len] = '\0';
                finish(x, from, i - 1);
                str_add_char(&x->word, ';');
        }
        if (x->word.len || !bare)
                finish(x, from, from + x->word.len);
        str_clear(&x->word);
        x->changed = false;
        return i;
}

void words_split(struct source *s, const struct program *p, const struct file *f, const char *text, uint32_t start, bool verbatim, struct words *out)
{
        (void)f;
        struct splitter x = {.s = s, .p = p, .text = text, .start = start, .verbatim = verbatim, .out = out};
        bool json = text[strspn(text, " \t\n")] == '[' && strpbrk(text, "\"'");
        for (size_t i = 0; text[i];) {
                if (is_blank(text[i], json))
                        i++;
                else
                        i = take_word(&x, i, json);
        }
        str_release(&x.word);
}
