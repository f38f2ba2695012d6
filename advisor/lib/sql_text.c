/*
 * SQL as text: what stands in quotes and comments, placeholders of drivers, comments of sqlcommenter, and scripts with lines that are
 * no SQL. Nothing is parsed here.
 */
#include "lib/sql.h"

#include <ctype.h>
#include <pg_query.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAMES_MAX = 512 };

struct converter {
        struct arena *arena;
        const char *p;
        char *out;
        size_t len;
        int next;               /* number of the next $n */
        bool question_marks;    /* ? is a placeholder: no other kind was seen */
        struct {
                const char *name;
                size_t len;
                int number;
        } names[NAMES_MAX];
        size_t name_count;
};

static bool is_word(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

/* The length of a quoted string, identifier, dollar quote or comment at p; 0 when there is none. */
static size_t skip_quoted(const char *start, const char *p)
{
        const char *q = p + 1;
        if (*p == '\'' || *p == '"') {
                bool escapes = *p == '\'' && p > start && (p[-1] == 'E' || p[-1] == 'e') && (p - 1 == start || !is_word(p[-2]));
                for (; *q; q++) {
                        if (escapes && *q == '\\' && q[1])
                                q++;
                        else if (*q == *p && q[1] == *p)
                                q++;
                        else if (*q == *p)
                                return (size_t)(q + 1 - p);
                }
                return (size_t)(q - p);
        }
        if (p[0] == '-' && p[1] == '-')
                return strcspn(p, "\n");
        if (p[0] == '/' && p[1] == '*') {
                const char *end = strstr(p + 2, "*/");
                return end ? (size_t)(end + 2 - p) : strlen(p);
        }
        if (*p == '$' && (p == start || !is_word(p[-1]))) {
                while (is_word(*q))
                        q++;
                if (*q != '$' || isdigit((unsigned char)p[1]))
                        return 0;
                size_t tag = (size_t)(q + 1 - p);
                for (q++; *q; q++)
                        if (!strncmp(q, p, tag))
                                return (size_t)(q + tag - p);
                return (size_t)(q - p);
        }
        return 0;
}

/* What stands at p: the length of a placeholder, its name in *name (empty: positional), or 0. */
static size_t placeholder_at(const char *start, const char *p, bool question_marks, const char **name, size_t *name_len)
{
        *name = p;
        *name_len = 0;
        if (*p == '%' && p[1] && strchr("sbt", p[1]) && !is_word(p[2]))
                return 2;
        if (*p == '%' && p[1] == '(') {
                const char *end = memchr(p, ')', strnlen(p, 128));
                if (!end || !end[1] || !strchr("sbt", end[1]))
                        return 0;
                *name = p + 2;
                *name_len = (size_t)(end - p - 2);
                return (size_t)(end + 2 - p);
        }
        if (*p == ':' && (isalpha((unsigned char)p[1]) || p[1] == '_') && (p == start || (p[-1] != ':' && !is_word(p[-1]) && p[-1] != ']'))) {
                *name = p + 1;
                while (is_word((*name)[*name_len]))
                        ++*name_len;
                return *name_len + 1;
        }
        if (question_marks && *p == '?' && p[1] != '|' && p[1] != '&' && p[1] != '?' && (p == start || p[-1] != '?'))
                return 1;
        return 0;
}

/* Which kinds are used, and the largest $n. */
static void survey(struct converter *c, const char *sql)
{
        const char *name;
        size_t len;
        c->question_marks = true;
        for (const char *p = sql; *p;) {
                size_t n = skip_quoted(sql, p);
                if (!n && *p == '$' && isdigit((unsigned char)p[1])) {
                        int number = atoi(p + 1);
                        c->question_marks = false;
                        if (number >= c->next && number < 65536)
                                c->next = number + 1;
                }
                if (!n && placeholder_at(sql, p, false, &name, &len))
                        c->question_marks = false;
                p += n ? n : 1;
        }
}

static int number_of(struct converter *c, const char *name, size_t len)
{
        for (size_t i = 0; len && i < c->name_count; i++)
                if (c->names[i].len == len && !strncmp(c->names[i].name, name, len))
                        return c->names[i].number;
        if (len && c->name_count < NAMES_MAX) {
                c->names[c->name_count].name = name;
                c->names[c->name_count].len = len;
                c->names[c->name_count++].number = c->next;
        }
        return c->next++;
}

/* Drivers expand a tuple after IN and rows after VALUES: there $n alone would not parse. */
static bool wants_parentheses(const struct converter *c)
{
        size_t end = c->len;
        while (end && isspace((unsigned char)c->out[end - 1]))
                end--;
        size_t begin = end;
        while (begin && is_word(c->out[begin - 1]))
                begin--;
        size_t n = end - begin;
        return (n == 2 && !strncasecmp(c->out + begin, "in", 2)) || (n == 6 && !strncasecmp(c->out + begin, "values", 6));
}

char *sql_convert_placeholders(struct arena *a, const char *sql)
{
        size_t len = strlen(sql), cap = len * 4 + 32; /* a placeholder of one byte becomes at most ($65535) */
        struct converter *c = arena_new_of(a, struct converter);
        c->arena = a;
        c->next = 1;
        c->out = arena_alloc(a, len > SQL_BYTES_MAX ? len + 1 : cap * 2);
        if (len > SQL_BYTES_MAX)
                return memcpy(c->out, sql, len + 1);
        survey(c, sql);
        for (const char *p = sql; *p;) {
                const char *name;
                size_t name_len, n = skip_quoted(sql, p);
                if (n) {
                        memcpy(c->out + c->len, p, n);
                        c->len += n;
                } else if ((n = placeholder_at(sql, p, c->question_marks, &name, &name_len))) {
                        bool parens = wants_parentheses(c);
                        c->len += (size_t)sprintf(c->out + c->len, parens ? "($%d)" : "$%d", number_of(c, name, name_len));
                } else {
                        n = (p[0] == '%' && p[1] == '%') || (c->question_marks && p[0] == '?' && p[1] == '?') ? 2 : 1;
                        c->out[c->len++] = *p;
                }
                p += n;
        }
        c->out[c->len] = '\0';
        return c->out;
}

char *sql_comment(struct arena *a, const char *sql)
{
        for (const char *p = sql; *p;) {
                size_t n = skip_quoted(sql, p);
                if (n > 4 && *p == '/') {
                        char *text = arena_strndup(a, p + 2, n - 4);
                        if (strstr(text, "='"))
                                return text;
                }
                p += n ? n : 1;
        }
        return NULL;
}

/* ── Scripts ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void blank(char *p, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (p[i] != '\n')
                        p[i] = ' ';
}

/* -- +goose Down, -- migrate:down, -- +migrate Down, -- //@UNDO */
static bool is_way_back(const char *comment)
{
        static const char *const marks[] = {"+goose down", "+migrate down", "migrate:down", "//@undo", "@undo"};
        const char *p = comment + 2 + strspn(comment + 2, " ");
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
                if (!strncasecmp(p, marks[i], strlen(marks[i])))
                        return true;
        return false;
}

/* After COPY ... FROM stdin; the rows, until a line \. */
static size_t copy_data(const char *p, const char *statement)
{
        static const char word[] = "from stdin";
        const char *from = strcasestr(statement, word);
        if (strncasecmp(statement + strspn(statement, " \t\n"), "copy", 4) || !from || from > p)
                return 0;
        const char *end = strstr(p, "\n\\.");
        return end ? (size_t)(end + 3 - p) : strlen(p);
}

char *sql_script_clean(struct arena *a, const char *script)
{
        char *out = arena_strdup(a, script), *statement = out;
        for (char *p = out; *p;) {
                size_t n = skip_quoted(out, p);
                if (n && *p == '-' && is_way_back(p)) {
                        blank(p, strlen(p));
                        break;
                }
                if (!n && *p == '\\' && (p == out || p[-1] == '\n')) {
                        n = strcspn(p, "\n");
                        blank(p, n);
                }
                if (!n && *p == ';') {
                        size_t data = copy_data(p, statement);
                        blank(p + 1, data ? data - 1 : 0);
                        n = data ? data : 1;
                        statement = p + n;
                }
                p += n ? n : 1;
        }
        return out;
}

size_t sql_lead(const char *text)
{
        const char *p = text;
        for (;;) {
                p += strspn(p, " \t\r\n;");
                if (p[0] == '-' && p[1] == '-')
                        p += strcspn(p, "\n");
                else if (p[0] == '/' && p[1] == '*' && strstr(p, "*/"))
                        p = strstr(p, "*/") + 2;
                else
                        return (size_t)(p - text);
        }
}

size_t sql_parts(struct arena *a, const char *script, size_t max, struct sql_part **ret)
{
        PgQuerySplitResult cut = pg_query_split_with_scanner(script);
        size_t n = cut.error || cut.n_stmts < 0 ? 0 : (size_t)cut.n_stmts;
        n = n > max ? max : n;
        *ret = arena_alloc(a, (n + 1) * sizeof **ret);
        for (size_t i = 0; i < n; i++)
                (*ret)[i] = (struct sql_part){(size_t)cut.stmts[i]->stmt_location, (size_t)cut.stmts[i]->stmt_len};
        pg_query_free_split_result(cut);
        return n;
}

/* ── One writing ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* ($, $, $) is ($): how many there are is no matter; so is whether an array is one parameter. */
static void collapse_lists(char *text)
{
        char *o = text;
        for (const char *p = text; *p;) {
                if (!strncmp(p, "$, $", 4) || !strncmp(p, "$,$", 3)) {
                        p += p[2] == ' ' ? 3 : 2;
                        continue;
                }
                *o++ = *p++;
                if (o - text >= 9 && !memcmp(o - 8, "array[$]", 8) && o[-9] == '(') {
                        o -= 8;
                        *o++ = '$';
                }
        }
        *o = '\0';
}

char *sql_canonical(struct arena *a, const char *sql)
{
        char *normal, *out, *o;
        if (sql_normalize(a, sql, &normal, NULL) < 0)
                return NULL;
        out = o = arena_alloc(a, strlen(normal) + 2);
        for (const char *p = normal; *p;) {
                size_t n = skip_quoted(normal, p);
                bool comment = n && (*p == '-' || *p == '/');
                if (isspace((unsigned char)*p) || comment) {
                        if (o > out && o[-1] != ' ')
                                *o++ = ' ';
                        p += n ? n : 1;
                } else if (n) {
                        o = mempcpy(o, p, n);
                        p += n;
                } else if (*p == '$' && isdigit((unsigned char)p[1])) {
                        *o++ = *p++;
                        while (isdigit((unsigned char)*p))
                                p++;
                } else {
                        *o++ = (char)tolower((unsigned char)*p++);
                }
        }
        while (o > out && (o[-1] == ' ' || o[-1] == ';'))
                o--;
        *o = '\0';
        collapse_lists(out);
        return out;
}
