/*
 * A tokenizer that is good enough to see parameters, words and brackets, and a table of repairs over its tokens. A repair
 * replaces the text of tokens; the result is their concatenation with the blanks as they were.
 */
#include "lib/plannable.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum token_kind { TOKEN_SPACE, TOKEN_WORD, TOKEN_PARAM, TOKEN_QUOTED, TOKEN_NUMBER, TOKEN_OTHER };

struct token {
        enum token_kind kind;
        const char *text;
        size_t at;  /* byte offset in the source */
        int number; /* of a parameter */
};

struct tokens {
        struct arena *arena;
        VEC(struct token) v;
};

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

static size_t space_len(const char *p)
{
        if (p[0] == '-' && p[1] == '-')
                return strcspn(p, "\n");
        if (p[0] == '/' && p[1] == '*') {
                const char *end = strstr(p + 2, "*/");
                return end ? (size_t)(end + 2 - p) : strlen(p);
        }
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

static void tokenize(struct arena *a, const char *sql, struct tokens *t)
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

static char *join(const struct tokens *t)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < t->v.len; i++)
                str_add(&s, t->v.items[i].text);
        return arena_strdup(t->arena, str_text(&s));
}

/* The nearest token that is not blank, after (step 1) or before (-1) i; -1 when there is none. */
static long near(const struct tokens *t, long i, int step)
{
        for (i += step; i >= 0 && i < (long)t->v.len; i += step)
                if (t->v.items[i].kind != TOKEN_SPACE)
                        return i;
        return -1;
}

static struct token *at(const struct tokens *t, long i)
{
        static struct token none = {.kind = TOKEN_SPACE, .text = ""};
        return i < 0 ? &none : &t->v.items[i];
}

static bool is(const struct tokens *t, long i, const char *word)
{
        return i >= 0 && at(t, i)->kind != TOKEN_QUOTED && !strcasecmp(at(t, i)->text, word);
}

static bool is_any(const struct tokens *t, long i, const char *const *words)
{
        for (; *words; words++)
                if (is(t, i, *words))
                        return true;
        return false;
}

static bool is_param(const struct tokens *t, long i)
{
        return i >= 0 && at(t, i)->kind == TOKEN_PARAM;
}

static void set(const struct tokens *t, long i, const char *text)
{
        at(t, i)->text = text;
}

/* ── Repairs before the first try ──────────────────────────────────────────────────────────────────────────────────── */

static const char *const literal_types[] = {
        "date", "time", "timetz", "timestamp", "timestamptz", "interval", "numeric", "decimal", "real", "float", "float4", "float8",
        "int", "int2", "int4", "int8", "integer", "bigint", "smallint", "bool", "boolean", "text", "varchar", "uuid", "json", "jsonb",
        "bytea", "inet", "cidr", "macaddr", "money", "point", "box", "bit", "precision", "zone", NULL,
};
static const char *const interval_fields[] = {"year", "month", "day", "hour", "minute", "second", "to", NULL};

/* The first token of the type that ends at i: "timestamp with time zone", "double precision". */
static long type_start(const struct tokens *t, long i)
{
        long first = i;
        if (is(t, i, "precision"))
                return is(t, near(t, i, -1), "double") ? near(t, i, -1) : -1;
        if (is(t, i, "zone")) {
                first = near(t, near(t, i, -1), -1);
                first = near(t, first, -1);
                if (!is(t, first, "timestamp") && !is(t, first, "time"))
                        return -1;
        }
        return first;
}

/* `interval $1 day` ends after its fields. */
static long fields_end(const struct tokens *t, long param)
{
        long last = param;
        for (long i = near(t, param, 1); is_any(t, i, interval_fields); i = near(t, i, 1))
                last = i;
        return last;
}

static void repair_typed_literal(struct tokens *t, long param)
{
        long type = near(t, param, -1);
        if (!is_any(t, type, literal_types))
                return;
        long first = type_start(t, type);
        if (first < 0 || is(t, near(t, first, -1), "::") || is(t, near(t, first, -1), "."))
                return;
        long last = is(t, type, "interval") ? fields_end(t, param) : param;
        CLEANUP(str_release) struct str s = {0};
        str_printf(&s, "CAST(%s AS", at(t, param)->text);
        for (long i = first; i <= last; i++)
                if (i != param) {
                        str_printf(&s, "%s%s", at(t, i)->kind == TOKEN_SPACE ? "" : " ", at(t, i)->kind == TOKEN_SPACE ? "" : at(t, i)->text);
                        set(t, i, "");
                }
        str_add(&s, ")");
        set(t, param, arena_strdup(t->arena, str_text(&s)));
}

/* The field decides nothing about indexes. */
static bool repair_extract(struct tokens *t, long param)
{
        long open = near(t, param, -1);
        if (!is(t, open, "(") || !is(t, near(t, open, -1), "extract") || !is(t, near(t, param, 1), "from"))
                return false;
        set(t, param, "'day'");
        at(t, param)->kind = TOKEN_QUOTED;
        return true;
}

/* Parameters by order of appearance; a number that stands twice stays one parameter. */
static char *renumber(struct arena *a, const char *text)
{
        struct tokens t;
        tokenize(a, text, &t);
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
        return join(&t);
}

char *plannable_repair(struct arena *a, const char *sql)
{
        struct tokens t;
        if (strlen(sql) > PLANNABLE_BYTES_MAX)
                return NULL;
        tokenize(a, sql, &t);
        for (long i = 0; i < (long)t.v.len; i++)
                if (is_param(&t, i) && !repair_extract(&t, i))
                        repair_typed_literal(&t, i);
        return renumber(a, join(&t));
}

/* ── Repairs after a failure ───────────────────────────────────────────────────────────────────────────────────────── */

static size_t byte_of(const char *text, int position)
{
        const char *p = text;
        for (int i = 1; i < position && *p; i++)
                do
                        p++;
                while ((*p & 0xC0) == 0x80);
        return (size_t)(p - text);
}

static long token_at(const struct tokens *t, const char *text, int position)
{
        size_t byte = byte_of(text, position);
        for (long i = (long)t->v.len - 1; position > 0 && i >= 0; i--)
                if (t->v.items[i].at <= byte)
                        return t->v.items[i].kind == TOKEN_SPACE ? near(t, i, 1) : i;
        return -1;
}

static bool cast_param(const struct tokens *t, long i, const char *type)
{
        if (!is_param(t, i) || is(t, near(t, i, 1), "::") || is(t, near(t, i, 1), "AS"))
                return false;
        set(t, i, arena_printf(t->arena, "$%d::%s", at(t, i)->number, type));
        return true;
}

static bool starts_interval(const struct tokens *t, long i)
{
        static const char *const words[] = {"interval", "make_interval", NULL};
        long inner = is(t, i, "CAST") ? near(t, near(t, near(t, near(t, i, 1), 1), 1), 1) : is(t, near(t, i, 1), "::") ? near(t, near(t, i, 1), 1) : i;
        return is_any(t, inner, words) || (is(t, i, "(") && is(t, near(t, i, 1), "interval"));
}

/* Operator between two parameters, or before one. Whole numbers are the type that every other one accepts. */
static bool repair_operator(const struct tokens *t, long op)
{
        while (op >= 0 && at(t, near(t, op, 1))->kind == TOKEN_OTHER && !is(t, near(t, op, 1), "(") && near(t, op, 1) == op + 1)
                op++;
        long left = near(t, op, -1), right = near(t, op, 1);
        const char *type = starts_interval(t, right) ? "timestamptz" : "int";
        bool l = cast_param(t, left, type), r = cast_param(t, right, is(t, op, "||") ? "text" : "int");
        return l || r;
}

static const char *argument_type(const struct tokens *t, long function)
{
        static const char *const times[] = {"date_trunc", "date_part", "to_char", "age", "date_bin", NULL};
        static const char *const texts[] = {"substring", "substr", "left", "right", "lpad", "rpad", "repeat", "split_part", "generate_series", "make_interval", NULL};
        return is_any(t, function, times) ? "timestamptz" : is_any(t, function, texts) ? "int" : "numeric";
}

/* The parameters that stand alone as arguments of a function, the first of date_trunc and its like left as text. */
static bool repair_function(const struct tokens *t, long function)
{
        const char *type = argument_type(t, function);
        bool changed = false;
        int depth = 0, argument = 0;
        for (long i = near(t, function, 1); i >= 0; i = near(t, i, 1)) {
                depth += is(t, i, "(") ? 1 : is(t, i, ")") ? -1 : 0;
                if (depth <= 0)
                        break;
                argument += depth == 1 && is(t, i, ",");
                bool field = argument == 0 && !strcmp(type, "timestamptz");
                if (depth == 1 && !field)
                        changed |= cast_param(t, i, type);
        }
        return changed;
}

/* "could not determine data type of parameter $2": text, everywhere. */
static bool repair_untyped(const struct tokens *t, const char *message)
{
        const char *dollar = message ? strchr(message, '$') : NULL;
        int n = dollar ? atoi(dollar + 1) : 0;
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++)
                if (is_param(t, i) && at(t, i)->number == n)
                        changed |= cast_param(t, i, "text");
        return changed;
}

/* ANY (ARRAY[$1, $2]) is an array of text; ANY ($1) takes the type of the other side. */
static bool repair_array(const struct tokens *t)
{
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++) {
                long bracket = near(t, i, 1), first = near(t, bracket, 1), end = first;
                if (!is(t, i, "ARRAY") || !is(t, bracket, "[") || !is_param(t, first))
                        continue;
                while (is_param(t, end) || is(t, end, ","))
                        end = near(t, end, 1);
                if (!is(t, end, "]"))
                        continue;
                for (long k = i; k <= end; k++)
                        if (k != first)
                                set(t, k, "");
                changed = true;
        }
        return changed;
}

/* sum(CASE WHEN ... THEN $1 ELSE $2 END): the branches are text until one of them is a number. */
static bool repair_branches(const struct tokens *t, long function)
{
        bool changed = false;
        int depth = 0;
        for (long i = near(t, function, 1); i >= 0; i = near(t, i, 1)) {
                depth += is(t, i, "(") ? 1 : is(t, i, ")") ? -1 : 0;
                if (depth <= 0)
                        break;
                if (is(t, near(t, i, -1), "then") || is(t, near(t, i, -1), "else"))
                        changed |= cast_param(t, i, "int");
        }
        return changed;
}

/* `d > $1::date - $2`: date less unknown is taken for two dates, but days were meant. */
static bool repair_difference(const struct tokens *t, long op)
{
        enum { REACH = 8 };
        for (long i = near(t, op, 1), n = 0; i >= 0 && n < REACH; i = near(t, i, 1), n++)
                if ((is(t, i, "-") || is(t, i, "+")) && cast_param(t, near(t, i, 1), "int"))
                        return true;
        return false;
}

static bool repair_missing(const struct tokens *t, long where)
{
        if (repair_array(t))
                return true;
        if (where < 0)
                return false;
        return at(t, where)->kind == TOKEN_WORD ? repair_branches(t, where) : repair_difference(t, where);
}

static bool same_but_params(const struct tokens *t, long a, long b)
{
        if (is_param(t, a) && is_param(t, b))
                return true;
        return at(t, a)->kind == at(t, b)->kind && !strcasecmp(at(t, a)->text, at(t, b)->text);
}

/* Whether the tokens before `begin` hold those of [begin, end) with other parameters; takes over their numbers. */
static bool take_numbers(const struct tokens *t, long begin, long end)
{
        for (long s = 0; s < begin; s++) {
                long a = s, b = begin;
                bool params = false;
                while (b >= 0 && b < end && a >= 0 && a < begin && same_but_params(t, a, b)) {
                        params |= is_param(t, b) && at(t, a)->number != at(t, b)->number;
                        a = near(t, a, 1);
                        b = near(t, b, 1);
                }
                if (!params || (b >= 0 && b < end) || at(t, s)->kind == TOKEN_SPACE)
                        continue;
                for (a = s, b = begin; b >= 0 && b < end; a = near(t, a, 1), b = near(t, b, 1))
                        if (is_param(t, b)) {
                                at(t, b)->number = at(t, a)->number;
                                set(t, b, at(t, a)->text);
                        }
                return true;
        }
        return false;
}

/* GROUP BY date_trunc($2, x) was the same as date_trunc($1, x) in the select list before constants were numbered. */
static bool repair_group(const struct tokens *t)
{
        static const char *const ends[] = {"having", "order", "limit", "window", "union", "offset", "fetch", ";", NULL};
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++) {
                if (!is(t, i, "by") || !(is(t, near(t, i, -1), "group") || is(t, near(t, i, -1), "order")))
                        continue;
                int depth = 0;
                long begin = near(t, i, 1), k = begin;
                for (; k >= 0 && depth >= 0; k = near(t, k, 1)) {
                        depth += is(t, k, "(") ? 1 : is(t, k, ")") ? -1 : 0;
                        bool stop = depth < 0 || (depth == 0 && is_any(t, k, ends));
                        if (!stop && !(depth == 0 && is(t, k, ",")))
                                continue;
                        changed |= take_numbers(t, begin, k);
                        begin = near(t, k, 1);
                        if (stop)
                                break;
                }
                if (k < 0)
                        changed |= take_numbers(t, begin, (long)t->v.len);
        }
        return changed;
}

char *plannable_again(struct arena *a, const char *text, const char *sqlstate, int position, const char *message)
{
        struct tokens t;
        bool changed = false;
        tokenize(a, text, &t);
        long where = token_at(&t, text, position);
        if (!strcmp(sqlstate, "42725"))
                changed = at(&t, where)->kind == TOKEN_OTHER ? repair_operator(&t, where) : where >= 0 && repair_function(&t, where);
        else if (!strcmp(sqlstate, "42P18"))
                changed = repair_untyped(&t, message);
        else if (!strcmp(sqlstate, "42883") || !strcmp(sqlstate, "42804"))
                changed = repair_missing(&t, where);
        else if (!strcmp(sqlstate, "42803") || !strcmp(sqlstate, "42P10"))
                changed = repair_group(&t);
        return changed ? renumber(a, join(&t)) : NULL;
}

int plannable_params(struct arena *a, const char *text)
{
        struct tokens t;
        int max = 0;
        tokenize(a, text, &t);
        for (size_t i = 0; i < t.v.len; i++)
                if (t.v.items[i].kind == TOKEN_PARAM && t.v.items[i].number > max)
                        max = t.v.items[i].number;
        return max;
}

char *plannable_fix(struct arena *a, const char *text, int n, long value)
{
        struct tokens t;
        tokenize(a, text, &t);
        for (long i = 0; i < (long)t.v.len; i++)
                if (is_param(&t, i) && at(&t, i)->number == n)
                        set(&t, i, arena_printf(a, "%ld", value));
        return join(&t);
}
