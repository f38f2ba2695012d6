/*
 * Repairs after the server refused a text: which one is decided by the SQLSTATE.
 *
 *      42725 ambiguous_function          $1 + $2, round($1, $2): whole numbers are supposed, times before an interval
 *      42P18 indeterminate_datatype      text
 *      42883 undefined_function, 42804 datatype_mismatch: what the message names (plannable_types.c)
 *      42803 grouping_error, 42P10       copies of one expression with different parameters (plannable_group.c)
 */
#include "lib/plannable.h"
#include "lib/plannable_impl.h"

#include <stdlib.h>
#include <string.h>

static bool starts_interval(const struct tokens *t, long i)
{
        static const char *const words[] = {"interval", "make_interval", NULL};
        long inner = tokens_is(t, i, "CAST") ? tokens_near(t, tokens_near(t, tokens_near(t, tokens_near(t, i, 1), 1), 1), 1) : tokens_is(t, tokens_near(t, i, 1), "::") ? tokens_near(t, tokens_near(t, i, 1), 1) : i;
        return tokens_is_any(t, inner, words) || (tokens_is(t, i, "(") && tokens_is(t, tokens_near(t, i, 1), "interval"));
}

/* Operator between two parameters, or before one. Whole numbers are the type that every other one accepts. */
static bool repair_operator(const struct tokens *t, long op)
{
        while (op >= 0 && tokens_at(t, tokens_near(t, op, 1))->kind == TOKEN_OTHER && !tokens_is(t, tokens_near(t, op, 1), "(") && tokens_near(t, op, 1) == op + 1)
                op++;
        long left = tokens_near(t, op, -1), right = tokens_near(t, op, 1);
        const char *type = starts_interval(t, right) ? "timestamptz" : "int";
        bool l = plannable_cast(t, left, type), r = plannable_cast(t, right, tokens_is(t, op, "||") ? "text" : "int");
        return l || r;
}

static const char *argument_type(const struct tokens *t, long function)
{
        static const char *const times[] = {"date_trunc", "date_part", "to_char", "age", "date_bin", NULL};
        static const char *const texts[] = {"substring", "substr", "left", "right", "lpad", "rpad", "repeat", "split_part", "generate_series", "make_interval", NULL};
        return tokens_is_any(t, function, times) ? "timestamptz" : tokens_is_any(t, function, texts) ? "int" : "numeric";
}

/* The parameters that stand alone as arguments of a function, the first of date_trunc and its like left as text. */
static bool repair_function(const struct tokens *t, long function)
{
        const char *type = argument_type(t, function);
        bool changed = false;
        int depth = 0, argument = 0;
        for (long i = tokens_near(t, function, 1); i >= 0; i = tokens_near(t, i, 1)) {
                depth += tokens_is(t, i, "(") ? 1 : tokens_is(t, i, ")") ? -1 : 0;
                if (depth <= 0)
                        break;
                argument += depth == 1 && tokens_is(t, i, ",");
                bool field = argument == 0 && !strcmp(type, "timestamptz");
                if (depth == 1 && !field)
                        changed |= plannable_cast(t, i, type);
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
                if (tokens_is_param(t, i) && tokens_at(t, i)->number == n)
                        changed |= plannable_cast(t, i, "text");
        return changed;
}

/* ANY (ARRAY[$1, $2]) is an array of text; ANY ($1) takes the type of the other side. */
static bool repair_array(const struct tokens *t)
{
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++) {
                long bracket = tokens_near(t, i, 1), first = tokens_near(t, bracket, 1), end = first;
                if (!tokens_is(t, i, "ARRAY") || !tokens_is(t, bracket, "[") || !tokens_is_param(t, first))
                        continue;
                while (tokens_is_param(t, end) || tokens_is(t, end, ","))
                        end = tokens_near(t, end, 1);
                if (!tokens_is(t, end, "]"))
                        continue;
                for (long k = i; k <= end; k++)
                        if (k != first)
                                tokens_set(t, k, "");
                changed = true;
        }
        return changed;
}

/* sum(CASE WHEN ... THEN $1 ELSE $2 END): the branches are text until one of them is a number. */
static bool repair_branches(const struct tokens *t, long function)
{
        bool changed = false;
        int depth = 0;
        for (long i = tokens_near(t, function, 1); i >= 0; i = tokens_near(t, i, 1)) {
                depth += tokens_is(t, i, "(") ? 1 : tokens_is(t, i, ")") ? -1 : 0;
                if (depth <= 0)
                        break;
                if (tokens_is(t, tokens_near(t, i, -1), "then") || tokens_is(t, tokens_near(t, i, -1), "else"))
                        changed |= plannable_cast(t, i, "int");
        }
        return changed;
}

/* `d > $1::date - $2`: date less unknown is taken for two dates, but days were meant. */
static bool repair_difference(const struct tokens *t, long op)
{
        enum { REACH = 8 };
        for (long i = tokens_near(t, op, 1), n = 0; i >= 0 && n < REACH; i = tokens_near(t, i, 1), n++)
                if ((tokens_is(t, i, "-") || tokens_is(t, i, "+")) && plannable_cast(t, tokens_near(t, i, 1), "int"))
                        return true;
        return false;
}

static bool repair_missing(const struct tokens *t, long where, const char *message)
{
        if (repair_array(t) || plannable_retype(t, where, message))
                return true;
        if (where < 0)
                return false;
        return tokens_at(t, where)->kind == TOKEN_WORD ? repair_branches(t, where) : repair_difference(t, where);
}

char *plannable_again(struct arena *a, const char *text, const char *sqlstate, int position, const char *message)
{
        struct tokens t;
        bool changed = false;
        tokens_read(a, text, &t);
        long where = tokens_find(&t, text, position);
        if (!strcmp(sqlstate, "42725"))
                changed = tokens_at(&t, where)->kind == TOKEN_OTHER ? repair_operator(&t, where) : where >= 0 && repair_function(&t, where);
        else if (!strcmp(sqlstate, "42P18"))
                changed = repair_untyped(&t, message);
        else if (!strcmp(sqlstate, "42883") || !strcmp(sqlstate, "42804"))
                changed = repair_missing(&t, where, message);
        else if (!strcmp(sqlstate, "42803") || !strcmp(sqlstate, "42P10"))
                changed = plannable_regroup(&t);
        return changed ? tokens_renumber(a, tokens_join(&t)) : NULL;
}
