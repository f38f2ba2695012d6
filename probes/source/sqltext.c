/*
 * Placeholders are converted, then libpg_query reads the text. What stands before a hole tells what may be in it:
 *
 *      ... WHERE id = ${i}           param       a number or name of a placeholder
 *      ... WHERE id IN ({marks})     list        the fingerprint does not count elements
 *      ... WHERE name = '{name}'     value       the fingerprint holds, but each value is another text
 *      ... FROM {table}              identifier  }
 *      ... ORDER BY id {direction}   clause      } a family
 *      ... WHERE at < {now()}        list        what a call gives is rather SQL than a value
 *
 * The last two are tried: as a name, as nothing, as a value, as a comparison, each hole by itself when they are few.
 */
#include "probes/source/sqltext.h"
#include "lib/sql.h"
#include "lib/sqlclause.h"
#include "probes/source/python/python.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { STATEMENT_BYTES_MAX = 20000, HOLES_MAX = 40, TRIED_MAX = 3, WAYS = 5 };

enum hole_class { HOLE_PARAM, HOLE_LIST, HOLE_VALUE, HOLE_MORE, HOLE_OTHER };

struct hole {
        enum hole_class class;
        const char *with;
};

static const char *const ways[WAYS] = {SQL_HOLE, "", "$1", SQL_HOLE " = $1", "SELECT " SQL_HOLE};

bool sqltext_looks_like_sql(const char *text)
{
        static const char *const verbs[] = {"select", "insert", "update", "delete", "with", "create", "alter", "drop", "truncate", "lock", "merge",
                                            "begin", "commit", "set", "call", "copy", "refresh", "notify", "listen", "vacuum", "analyze", "explain", "values"};
        while (isspace((unsigned char)*text) || *text == '(')
                text++;
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
                size_t n = strlen(verbs[i]);
                if (!strncasecmp(text, verbs[i], n) && !isalnum((unsigned char)text[n]) && text[n] != '_')
                        return true;
        }
        return false;
}

/* ── Holes ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_hole(char c)
{
        return c == HOLE || c == HOLE_PROGRAM || c == HOLE_REPEAT || c == HOLE_SQL;
}

static const char *back_over_blanks(const char *text, const char *p)
{
        while (p > text && isspace((unsigned char)p[-1]))
                p--;
        return p;
}

/* The word that ends at p is one of these. */
static bool ends_with_word(const char *text, const char *p, const char *const *words)
{
        for (size_t i = 0; words[i]; i++) {
                size_t n = strlen(words[i]);
                if (p >= text + n && !strncasecmp(p - n, words[i], n) && (p == text + n || (!isalnum((unsigned char)p[-n - 1]) && p[-n - 1] != '_')))
                        return true;
        }
        return false;
}

static struct hole classify(const char *text, const char *p, bool quoted)
{
        static const char *const value_words[] = {"like", "ilike", "limit", "offset", "interval", NULL}, *const in[] = {"in", NULL},
                          *const lists[] = {"in", "values", "any", NULL}, *const rows[] = {"values", NULL};
        const char *before = back_over_blanks(text, p);
        if (*p == HOLE_REPEAT)
                return (struct hole){HOLE_MORE, ""};
        if (quoted)
                return (struct hole){HOLE_VALUE, "x"};
        if (p > text && p[-1] == '$')
                return (struct hole){HOLE_PARAM, "1"};
        if (p > text && p[-1] == ':' && (p == text + 1 || p[-2] != ':'))
                return (struct hole){HOLE_PARAM, SQL_HOLE};
        if ((before > text && strchr("=<>~&|+-/", before[-1])) || ends_with_word(text, before, value_words))
                return (struct hole){*p == HOLE_SQL ? HOLE_LIST : HOLE_VALUE, "$1"};
        if (ends_with_word(text, before, in))
                return (struct hole){*p == HOLE_SQL ? HOLE_LIST : HOLE_VALUE, "($1)"};
        if (ends_with_word(text, before, rows)) /* each number of rows is another text */
                return (struct hole){HOLE_MORE, "($1)"};
        if (before > text && before[-1] == '(' && ends_with_word(text, back_over_blanks(text, before - 1), lists))
                return (struct hole){HOLE_LIST, "$1"};
        return (struct hole){HOLE_OTHER, SQL_HOLE};
}

/* Returns how many there are, -1 for too many. */
static int find_holes(const char *text, struct hole *holes)
{
        int n = 0;
        char quote = 0;
        for (const char *p = text; *p; p++) {
                if (is_hole(*p)) {
                        if (n == HOLES_MAX)
                                return -1;
                        holes[n++] = classify(text, p, quote == '\'');
                } else if (quote ? *p == quote : *p == '\'' || *p == '"') {
                        quote = quote ? 0 : *p;
                }
        }
        return n;
}

static const char *filled(struct arena *a, const char *text, const struct hole *holes)
{
        CLEANUP(str_release) struct str out = {0};
        int i = 0;
        for (const char *p = text; *p; p++) {
                if (is_hole(*p))
                        str_add(&out, holes[i++].with);
                else
                        str_add_char(&out, *p);
        }
        return arena_strdup(a, str_text(&out));
}

/* ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool parses(struct arena *a, const char *text, struct sqltext *st)
{
        char *fingerprint;
        const char *sql = sql_convert_placeholders(a, text);
        if (sql_fingerprint(a, sql, &fingerprint, NULL) < 0)
                return false;
        st->sql = sql;
        st->fingerprint = fingerprint;
        return true;
}

/* The next combination of ways for the holes of which nothing is known; false after the last. */
static bool next_ways(struct hole *holes, int n, int *counters)
{
        for (int i = 0; i < n; i++) {
                if (holes[i].class != HOLE_OTHER)
                        continue;
                counters[i] = (counters[i] + 1) % WAYS;
                holes[i].with = ways[counters[i]];
                if (counters[i])
                        return true;
        }
        return false;
}

static const char *holes_word(const struct hole *holes, int n)
{
        static const char *const words[] = {"param", "list", "value"};
        enum hole_class worst = HOLE_PARAM;
        bool clause = false;
        for (int i = 0; i < n; i++) {
                worst = holes[i].class > worst ? holes[i].class : worst;
                clause |= holes[i].class == HOLE_MORE || (holes[i].class == HOLE_OTHER && strcmp(holes[i].with, SQL_HOLE));
        }
        return clause ? "clause" : worst == HOLE_OTHER ? "identifier" : words[worst];
}

static double confidence_of(const char *holes)
{
        return !strcmp(holes, "param") || !strcmp(holes, "list") ? 0.95 : !strcmp(holes, "value") ? 0.7 : !strcmp(holes, "identifier") ? 0.5 : 0.4;
}

static bool read_with_holes(struct arena *a, const char *text, struct sqltext *st)
{
        struct hole holes[HOLES_MAX];
        int counters[HOLES_MAX] = {0}, n = find_holes(text, holes), unknown = 0;
        for (int i = 0; i < n; i++)
                unknown += holes[i].class == HOLE_OTHER;
        bool ok = n > 0 && parses(a, filled(a, text, holes), st);
        if (n > 0 && !ok && unknown && unknown <= TRIED_MAX)
                while (!ok && next_ways(holes, n, counters))
                        ok = parses(a, filled(a, text, holes), st);
        for (int way = 1; n > 0 && !ok && unknown > TRIED_MAX && way < WAYS; way++) { /* all alike */
                for (int i = 0; i < n; i++)
                        if (holes[i].class == HOLE_OTHER)
                                holes[i].with = ways[way];
                ok = parses(a, filled(a, text, holes), st);
        }
        if (!ok)
                return false;
        st->family = true;
        st->holes = holes_word(holes, n);
        st->confidence = confidence_of(st->holes);
        return true;
}

/* ── Lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static size_t count_char(const char *p, size_t len, char c)
{
        size_t n = 0;
        for (size_t i = 0; i < len; i++)
                n += p[i] == c;
        return n;
}

static size_t word_at(const char *p, size_t len)
{
        size_t n = 0;
        while (n < len && (isalnum((unsigned char)p[n]) || p[n] == '_'))
                n++;
        return n;
}

/* The n-th time (from 0) that the word stands in the bytes: its offset, or -1. */
static long nth_word(const char *bytes, size_t len, const char *word, size_t word_len, size_t n)
{
        for (size_t i = 0; i + word_len <= len; i++)
                if (!memcmp(bytes + i, word, word_len) && (i == 0 || !word_at(bytes + i - 1, 1)) && word_at(bytes + i, len - i) == word_len && !n--)
                        return (long)i;
        return -1;
}

/* The line of the byte `at` of the text. Line breaks of the text count where the source has as many; else the word there is looked for. */
static int line_of(const struct file *f, uint32_t start, uint32_t end, const char *sql, int at)
{
        int line, col;
        size_t len = end - start, breaks = count_char(f->bytes + start, len, '\n'), total = strlen(sql);
        file_position(f, start, &line, &col);
        if (at < 0 || (size_t)at >= total || !breaks)
                return line;
        if (breaks == count_char(sql, total, '\n'))
                return line + (int)count_char(sql, (size_t)at, '\n');
        size_t word = word_at(sql + at, total - (size_t)at), before = 0;
        if (!word)
                return line;
        for (long found = 0; (found = nth_word(sql, (size_t)at, sql + at, word, before)) >= 0;)
                before++;
        long place = nth_word(f->bytes + start, len, sql + at, word, before);
        return place < 0 ? line : line + (int)count_char(f->bytes + start, (size_t)place, '\n');
}

/* ── The whole ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void describe(struct arena *a, const struct file *f, uint32_t start, uint32_t end, struct sqltext *st)
{
        char *normalized = NULL, *tables = NULL;
        struct sql_clauses c;
        st->kind = sql_kind(st->sql);
        st->limited = st->has_offset = -1;
        if (sql_normalize(a, st->sql, &normalized, NULL) == 0)
                st->normalized = normalized;
        st->canonical = sql_canonical(a, st->sql);
        if (sql_tables(a, st->sql, &tables, NULL) == 0)
                st->tables = tables;
        if (sqlclause_read(a, st->sql, &c, NULL) < 0)
                return;
        for (size_t i = 0; i < c.filters.len; i++) {
                struct sql_filter *filter = &c.filters.items[i];
                filter->line = line_of(f, start, end, st->sql, filter->at);
                if (!strcmp(filter->column, SQL_HOLE))
                        filter->op = "hole";
                if (!strcmp(filter->op, "hole") && st->holes)
                        st->holes = "clause";
        }
        st->filters = sqlclause_filters_json(a, &c);
        st->orders = sqlclause_orders_json(a, &c);
        st->projection = c.projection;
        st->extras = c.extras;
        st->comment = sql_comment(a, st->sql);
        bool whole = !st->holes || strcmp(st->holes, "clause");
        if (!strcmp(c.kind, "select")) {
                st->limited = c.limited ? 1 : whole ? 0 : -1;
                st->has_offset = c.has_offset ? 1 : whole ? 0 : -1;
        }
        if (c.has_offset)
                st->offset_line = line_of(f, start, end, st->sql, c.offset_at);
}

static bool has_word(const char *text, const char *word)
{
        size_t n = strlen(word);
        for (const char *p = text; (p = strstr(p, word)); p += n)
                if ((p == text || !word_at(p - 1, 1)) && word_at(p, strlen(p)) == n)
                        return true;
        return false;
}

bool sqltext_read_end(struct arena *a, const char *text, const struct file *f, uint32_t start, uint32_t end, struct sqltext *ret)
{
        static const char *const begins[] = {"LIMIT", "OFFSET", "ORDER BY"};
        const char *p = text + strspn(text, " \t\r\n");
        bool known = false;
        for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
                known |= str_starts(p, begins[i]);
        struct sqltext st = {.confidence = 0.4, .family = true, .holes = "clause"};
        if (!known || !has_word(p, "OFFSET") || strlen(text) > 1000)
                return false;
        const char *whole = arena_printf(a, "SELECT " SQL_HOLE " FROM " SQL_HOLE " %s", text);
        if (!(strpbrk(text, "\001\002\003\004") ? read_with_holes(a, whole, &st) : parses(a, whole, &st)))
                return false;
        describe(a, f, start, end, &st);
        st.tables = "[]";
        st.filters = "[]";
        *ret = st;
        return true;
}

bool sqltext_read(struct arena *a, const char *text, const struct file *f, uint32_t start, uint32_t end, struct sqltext *ret)
{
        struct sqltext st = {.confidence = 1};
        if (strlen(text) > STATEMENT_BYTES_MAX || !sqltext_looks_like_sql(text))
                return false;
        if (!(strpbrk(text, "\001\002\003\004") ? read_with_holes(a, text, &st) : parses(a, text, &st)))
                return false;
        describe(a, f, start, end, &st);
        *ret = st;
        return true;
}
