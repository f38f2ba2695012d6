#include "act/index_text.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct index_text {
        bool unique, where;
        const char *method, *columns, *include;
};

/* The end of the parenthesis that opens at p, quotes respected. */
static const char *closing(const char *p)
{
        int depth = 0;
        for (; *p; p++) {
                if (*p == '\'' || *p == '"') {
                        const char *end = strchr(p + 1, *p);
                        if (!end)
                                return NULL;
                        p = end;
                } else if (*p == '(') {
                        depth++;
                } else if (*p == ')' && --depth == 0) {
                        return p;
                }
        }
        return NULL;
}

/* The word `word` outside quotes and parentheses, case-insensitive, or NULL. */
static const char *find_word(const char *p, const char *word)
{
        size_t n = strlen(word);
        for (bool at_start = true; *p; at_start = !isalnum((unsigned char)*p) && *p != '_', p++) {
                if (*p == '"' || *p == '\'') {
                        const char *end = strchr(p + 1, *p);
                        if (!end)
                                return NULL;
                        p = end;
                } else if (*p == '(') {
                        const char *end = closing(p);
                        if (!end)
                                return NULL;
                        p = end;
                } else if (at_start && !strncasecmp(p, word, n) && !isalnum((unsigned char)p[n]) && p[n] != '_') {
                        return p;
                }
        }
        return NULL;
}

/* Without blanks, quotes, parentheses, casts, and the default ASC; case folded. */
static const char *plain(struct arena *a, const char *from, const char *to)
{
        CLEANUP(str_release) struct str out = {0};
        for (const char *p = from; p < to; p++) {
                if (p[0] == ':' && p[1] == ':') {
                        p += 2;
                        while (p < to && (isalnum((unsigned char)*p) || strchr("_ ", *p)))
                                p++;
                        p--;
                } else if (isspace((unsigned char)*p) && !strncasecmp(p + 1, "asc", 3) && (p + 4 >= to || !isalnum((unsigned char)p[4]))) {
                        p += 3;
                } else if (!isspace((unsigned char)*p) && !strchr("\"()", *p)) {
                        str_add_char(&out, (char)tolower((unsigned char)*p));
                }
        }
        return arena_strdup(a, str_text(&out));
}

static bool parse(struct arena *a, const char *sql, struct index_text *ret)
{
        const char *on = find_word(sql, "on"), *open = on ? strchr(on, '(') : NULL, *close = open ? closing(open) : NULL;
        if (!close)
                return false;
        const char *using = find_word(on, "using"), *include = find_word(close + 1, "include");
        *ret = (struct index_text){.unique = !strncasecmp(sql, "CREATE UNIQUE ", 14), .where = find_word(close + 1, "where") != NULL, .method = "btree",
                                   .columns = plain(a, open + 1, close), .include = ""};
        if (using && using < open)
                ret->method = plain(a, using + 5, open);
        const char *list = include ? strchr(include, '(') : NULL, *list_end = list ? closing(list) : NULL;
        if (list_end)
                ret->include = plain(a, list + 1, list_end);
        return true;
}

bool index_same(struct arena *a, const char *ours, const char *catalogue)
{
        struct index_text x, y;
        return ours && catalogue && parse(a, ours, &x) && parse(a, catalogue, &y) && x.unique == y.unique && x.where == y.where &&
               !strcmp(x.method, y.method) && !strcmp(x.columns, y.columns) && !strcmp(x.include, y.include);
}
