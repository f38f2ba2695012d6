/*
 * Failures that name types: "operator does not exist: text + unknown", "column x is of type numeric but expression is of type text",
 * "UNION types text and integer cannot be matched". A parameter that nothing gave a type was taken for text; the type that was meant is in the
 * message, and the parameter is behind the operand: itself, a branch of CASE, an argument of coalesce, or a name that a select list or a VALUES
 * gave to it.
 */
#include "lib/plannable_impl.h"

#include <string.h>
#include <strings.h>

/* ── Operands ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

bool plannable_cast(const struct tokens *t, long i, const char *type)
{
        long colons = tokens_near(t, i, 1), old = tokens_near(t, colons, 1);
        if (!tokens_is_param(t, i) || tokens_is(t, tokens_near(t, tokens_near(t, i, -1), -1), "cast"))
                return false;
        if (tokens_is(t, colons, "::")) { /* int is what plannable_again supposes */
                if (!tokens_is(t, old, "int") || !strcasecmp(type, "int"))
                        return false;
                tokens_set(t, old, type);
                return true;
        }
        tokens_set(t, i, arena_printf(t->arena, "$%d::%s", tokens_at(t, i)->number, type));
        return true;
}

/* i is at CASE; those of a CASE inside belong to it too. */
bool plannable_cast_branches(const struct tokens *t, long i, const char *type)
{
        static const char *const leads[] = {"then", "else", NULL};
        bool changed = false;
        int depth = 0;
        for (; i >= 0; i = tokens_near(t, i, 1)) {
                depth += tokens_is(t, i, "case") ? 1 : tokens_is(t, i, "end") ? -1 : 0;
                if (depth <= 0)
                        break;
                if (tokens_is_any(t, i, leads))
                        changed |= plannable_cast(t, tokens_near(t, i, 1), type);
        }
        return changed;
}

static long case_of(const struct tokens *t, long end)
{
        int depth = 0;
        for (; end >= 0; end = tokens_near(t, end, -1)) {
                depth += tokens_is(t, end, "end") ? 1 : tokens_is(t, end, "case") ? -1 : 0;
                if (!depth)
                        return end;
        }
        return -1;
}

/* coalesce($1, x), sum(CASE ...): what the value of the call comes from. */
static bool cast_arguments(const struct tokens *t, long open, const char *type)
{
        bool changed = false;
        long close = tokens_partner(t, open);
        for (long i = tokens_near(t, open, 1); i >= 0 && i < close; i = tokens_near(t, i, 1)) {
                if (tokens_is(t, i, "case"))
                        changed |= plannable_cast_branches(t, i, type);
                else if (tokens_is_param(t, i) && (tokens_is(t, tokens_near(t, i, -1), "(") || tokens_is(t, tokens_near(t, i, -1), ",")))
                        changed |= plannable_cast(t, i, type);
        }
        return changed;
}

/* The n-th item between brackets, or of a select list: where it ends. */
static long item_end(const struct tokens *t, long begin, int n)
{
        int depth = 0;
        for (long i = begin, last = -1; i >= 0; last = i, i = tokens_near(t, i, 1)) {
                bool ends = depth == 0 && (tokens_is(t, i, ",") || tokens_is(t, i, ")") || tokens_is(t, i, "from"));
                if (ends && n-- == 0)
                        return last;
                if (ends && !tokens_is(t, i, ","))
                        return -1;
                depth += tokens_is(t, i, "(") ? 1 : tokens_is(t, i, ")") ? -1 : 0;
        }
        return -1;
}

/* VALUES ($1, $2), ($3, $4): the n-th of each row. `rows` is at the first bracket. */
static bool cast_values(const struct tokens *t, long rows, int n, const char *type)
{
        bool changed = false;
        while (tokens_is(t, rows, "(")) {
                long end = item_end(t, tokens_near(t, rows, 1), n);
                changed |= plannable_cast(t, end, type);
                rows = tokens_near(t, tokens_partner(t, rows), 1);
                rows = tokens_is(t, rows, ",") ? tokens_near(t, rows, 1) : -1;
        }
        return changed;
}

/* v(k, n): the values of column n are those of the VALUES before it, or of the query of the WITH. */
static bool cast_column(const struct tokens *t, long list, int n, const char *type)
{
        long before = tokens_near(t, tokens_near(t, list, -1), -1), after = tokens_near(t, tokens_partner(t, list), 1);
        if (tokens_is(t, before, "as"))
                before = tokens_near(t, before, -1);
        long open = tokens_is(t, before, ")") ? tokens_partner(t, before) : tokens_is(t, after, "as") ? tokens_near(t, after, 1) : -1;
        long first = tokens_near(t, open, 1);
        if (open < 0)
                return false;
        if (tokens_is(t, first, "values"))
                return cast_values(t, tokens_near(t, first, 1), n, type);
        if (!tokens_is(t, first, "select"))
                return false;
        long end = item_end(t, tokens_near(t, first, 1), n);
        return end >= 0 && tokens_is_param(t, end) && plannable_cast(t, end, type);
}

/* The n-th name of a list of names, or -1 when it is no such list or the name is not in it. */
static int name_in_list(const struct tokens *t, long open, const char *name)
{
        int n = 0, found = -1;
        for (long i = tokens_near(t, open, 1); i >= 0; i = tokens_near(t, i, 1)) {
                if (tokens_is(t, i, name))
                        found = n;
                if (tokens_is(t, i, ")"))
                        return found;
                n += tokens_is(t, i, ",");
                if (!tokens_is(t, i, ",") && tokens_at(t, i)->kind != TOKEN_WORD)
                        return -1;
        }
        return -1;
}

static bool cast_name(const struct tokens *t, long name, const char *type)
{
        const char *text = tokens_at(t, name)->text;
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++) {
                long before = tokens_near(t, i, -1);
                if (tokens_is(t, i, text) && i != name) { /* $1 AS depth */
                        before = tokens_is(t, before, "as") ? tokens_near(t, before, -1) : before;
                        if (tokens_is_param(t, before) || tokens_is(t, before, "end"))
                                changed |= plannable_cast_operand(t, before, -1, type);
                }
                int n = tokens_is(t, i, "(") && tokens_at(t, before)->kind == TOKEN_WORD ? name_in_list(t, i, text) : -1;
                if (n >= 0)
                        changed |= cast_column(t, i, n, type);
        }
        return changed;
}

/* Words between an operator and its operand on the left, seen from the right. */
bool plannable_cast_operand(const struct tokens *t, long edge, int step, const char *type)
{
        while (step > 0 && tokens_is(t, edge, "(") && !tokens_is_param(t, edge))
                edge = tokens_near(t, edge, 1);
        if (tokens_is_param(t, edge))
                return plannable_cast(t, edge, type);
        if (step < 0 && tokens_at(t, edge)->kind == TOKEN_WORD && tokens_is(t, tokens_near(t, edge, -1), "::") && tokens_is(t, edge, "int"))
                return plannable_cast(t, tokens_near(t, tokens_near(t, edge, -1), -1), type);
        if (step < 0 && tokens_is(t, edge, "end"))
                return plannable_cast_branches(t, case_of(t, edge), type);
        if (step > 0 && tokens_is(t, edge, "case"))
                return plannable_cast_branches(t, edge, type);
        if (step < 0 && tokens_is(t, edge, ")"))
                return cast_arguments(t, tokens_partner(t, edge), type);
        while (step > 0 && tokens_is(t, tokens_near(t, edge, 1), "."))
                edge = tokens_near(t, tokens_near(t, edge, 1), 1);
        if (step > 0 && tokens_is(t, tokens_near(t, edge, 1), "("))
                return cast_arguments(t, tokens_near(t, edge, 1), type);
        return tokens_at(t, edge)->kind == TOKEN_WORD && cast_name(t, edge, type);
}

/* ── Messages ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_vague(const char *type)
{
        return !strcmp(type, "text") || !strcmp(type, "unknown") || !strcmp(type, "text[]");
}

static const char *between(struct arena *a, const char *text, const char *from, const char *to)
{
        const char *begin = strstr(text, from), *end = begin ? strstr(begin + strlen(from), to) : NULL;
        return end ? arena_strndup(a, begin + strlen(from), (size_t)(end - begin) - strlen(from)) : NULL;
}

/* "operator does not exist: text + unknown" */
static bool operand_types(struct arena *a, const char *message, const char **ret_left, const char **ret_op, const char **ret_right)
{
        const char *p = strstr(message, ": "), *at;
        if (!p)
                return false;
        p += 2;
        for (at = strchr(p, ' '); at; at = strchr(at + 1, ' ')) {
                size_t n = strspn(at + 1, "+-*/<>=~!@#%^&|`?");
                if (n && at[1 + n] == ' ') {
                        *ret_left = arena_strndup(a, p, (size_t)(at - p));
                        *ret_op = arena_strndup(a, at + 1, n);
                        *ret_right = arena_strdup(a, at + 2 + n);
                        return true;
                }
        }
        return false;
}

static long operator_end(const struct tokens *t, long op)
{
        while (op >= 0 && tokens_at(t, op + 1)->kind == TOKEN_OTHER && !tokens_is(t, op + 1, "("))
                op++;
        return op;
}

static bool retype_operator(const struct tokens *t, long where, const char *message)
{
        const char *left, *op, *right;
        if (where < 0 || !operand_types(t->arena, message, &left, &op, &right))
                return false;
        long end = tokens_at(t, where)->kind == TOKEN_OTHER ? operator_end(t, where) : where; /* IN, BETWEEN, LIKE are words */
        long l = tokens_near(t, where, -1), r = tokens_near(t, end, 1);
        const char *type = !is_vague(left) ? left : !is_vague(right) ? right : "int";
        if (tokens_is(t, where, "between") && tokens_is(t, r, "("))
                r = tokens_near(t, r, 1);
        if (is_vague(left) || is_vague(right)) {
                bool changed = is_vague(left) && plannable_cast_operand(t, l, -1, type);
                return (is_vague(right) && plannable_cast_operand(t, r, 1, type)) || changed;
        }
        /* What was supposed to be a whole number is of the other type. */
        if (!strcmp(right, "integer"))
                return plannable_cast_operand(t, r, 1, left);
        return !strcmp(left, "integer") && plannable_cast_operand(t, l, -1, right);
}

/* The n of the item that holds i, and where the list begins. */
static int item_number(const struct tokens *t, long i, long *ret_begin)
{
        int n = 0;
        for (i = tokens_near(t, i, -1); i >= 0; i = tokens_near(t, i, -1)) {
                if (tokens_is(t, i, ")"))
                        i = tokens_partner(t, i);
                else if (tokens_is(t, i, "(") || tokens_is(t, i, "select") || tokens_is(t, i, "distinct") || tokens_is(t, i, "all"))
                        break;
                else
                        n += tokens_is(t, i, ",");
        }
        *ret_begin = i;
        return n;
}

static bool retype_selects(const struct tokens *t, int n, const char *type)
{
        static const char *const more[] = {"distinct", "all", NULL};
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++) {
                long first = tokens_near(t, i, 1);
                if (!tokens_is(t, i, "select"))
                        continue;
                if (tokens_is_any(t, first, more))
                        first = tokens_near(t, first, 1);
                long end = item_end(t, first, n);
                if (end >= 0 && tokens_at(t, end)->kind == TOKEN_WORD && !tokens_is(t, end, "end")) /* ... AS name */
                        end = tokens_near(t, end, -1);
                if (tokens_is(t, end, "as"))
                        end = tokens_near(t, end, -1);
                if (tokens_is_param(t, end) || tokens_is(t, end, "end"))
                        changed |= plannable_cast_operand(t, end, -1, type);
        }
        return changed;
}

static long enclosing_case(const struct tokens *t, long i)
{
        int depth = 0;
        for (; i >= 0; i = tokens_near(t, i, -1)) {
                if (tokens_is(t, i, "case") && depth-- == 0)
                        return i;
                depth += tokens_is(t, i, "end");
        }
        return -1;
}

/* "CASE types text and integer cannot be matched": at the one that differs. */
static bool retype_alternatives(const struct tokens *t, long where, const char *message)
{
        const char *one = between(t->arena, message, "types ", " and "), *two = between(t->arena, message, " and ", " cannot be matched");
        long begin;
        if (!one || !two || where < 0)
                return false;
        const char *type = is_vague(one) ? two : one;
        if (!strncmp(message, "CASE", 4))
                return plannable_cast_branches(t, enclosing_case(t, where), type);
        int n = item_number(t, where, &begin);
        if (!strncmp(message, "VALUES", 6)) {
                long rows = begin;
                while (rows >= 0 && !tokens_is(t, tokens_near(t, rows, -1), "values"))
                        rows = tokens_near(t, rows, -1);
                return cast_values(t, rows, n, type);
        }
        if (!strncmp(message, "UNION", 5) || !strncmp(message, "EXCEPT", 6) || !strncmp(message, "INTERSECT", 9))
                return retype_selects(t, n, type);
        return tokens_is(t, begin, "(") && cast_arguments(t, begin, type);
}

bool plannable_retype(const struct tokens *t, long where, const char *message)
{
        if (!message)
                return false;
        const char *column = between(t->arena, message, " is of type ", " but ");
        if (column && where >= 0)
                return plannable_cast_operand(t, where, 1, column);
        if (strstr(message, "cannot be matched"))
                return retype_alternatives(t, where, message);
        return retype_operator(t, where, message);
}
