/*
 * GROUP BY date_trunc($2, x) was the same as date_trunc($1, x) in the select list before constants were numbered, and the server takes two
 * parameters for two expressions. Where it kept the constant in one of the copies (it does in GROUP BY and ORDER BY), the other gets it back.
 */
#include "lib/plannable_impl.h"

#include <string.h>
#include <strings.h>

static bool stands_for_constant(const struct tokens *t, long i)
{
        return tokens_is_param(t, i) || tokens_is_literal(t, i);
}

static bool same_but_constants(const struct tokens *t, long a, long b)
{
        if (tokens_is_param(t, a) || tokens_is_param(t, b))
                return stands_for_constant(t, a) && stands_for_constant(t, b);
        return tokens_at(t, a)->kind == tokens_at(t, b)->kind && !strcasecmp(tokens_at(t, a)->text, tokens_at(t, b)->text);
}

static bool differs(const struct tokens *t, long a, long b)
{
        if (tokens_is_param(t, a) && tokens_is_param(t, b))
                return tokens_at(t, a)->number != tokens_at(t, b)->number;
        return tokens_is_param(t, a) || tokens_is_param(t, b);
}

static void unite(const struct tokens *t, long a, long b)
{
        if (tokens_is_param(t, b)) {
                t->v.items[b] = (struct token){tokens_at(t, a)->kind, tokens_at(t, a)->text, tokens_at(t, b)->at, tokens_at(t, a)->number};
                return;
        }
        if (!tokens_is_param(t, a))
                return;
        int number = tokens_at(t, a)->number;
        for (size_t i = 0; i < t->v.len; i++)
                if (tokens_is_param(t, (long)i) && t->v.items[i].number == number) {
                        t->v.items[i].kind = tokens_at(t, b)->kind;
                        t->v.items[i].text = tokens_at(t, b)->text;
                }
}

/* The expression may begin after these only: `a + f($1)` holds no copy of `f($2)` that counts. */
static bool may_begin(const struct tokens *t, long i)
{
        static const char *const words[] = {"select", "distinct", "all", "by", ",", "(", ")", NULL};
        return tokens_is_any(t, tokens_near(t, i, -1), words);
}

/* Whether the tokens before `begin` hold those of [begin, end) with other constants; makes them the same. */
static bool take_constants(const struct tokens *t, long begin, long end)
{
        for (long s = 0; s < begin; s++) {
                long a = s, b = begin;
                bool other = false;
                if (tokens_at(t, s)->kind == TOKEN_SPACE || !may_begin(t, s))
                        continue;
                while (b >= 0 && b < end && a >= 0 && a < begin && same_but_constants(t, a, b)) {
                        other |= differs(t, a, b);
                        a = tokens_near(t, a, 1);
                        b = tokens_near(t, b, 1);
                }
                if (!other || (b >= 0 && b < end))
                        continue;
                for (a = s, b = begin; b >= 0 && b < end; a = tokens_near(t, a, 1), b = tokens_near(t, b, 1))
                        if (differs(t, a, b))
                                unite(t, a, b);
                return true;
        }
        return false;
}

/* What follows the expression of an item: its direction. */
static bool ends_item(const struct tokens *t, long i)
{
        static const char *const words[] = {"asc", "desc", "nulls", "using", ",", NULL};
        return tokens_is_any(t, i, words);
}

static bool regroup_list(const struct tokens *t, long begin)
{
        static const char *const ends[] = {"having", "order", "limit", "window", "union", "offset", "fetch", "except", "intersect", "for", ";", NULL};
        bool changed = false, in_item = true;
        int depth = 0;
        long k = begin;
        for (; k >= 0; k = tokens_near(t, k, 1)) {
                depth += tokens_is(t, k, "(") ? 1 : tokens_is(t, k, ")") ? -1 : 0;
                bool stop = depth < 0 || (depth == 0 && tokens_is_any(t, k, ends));
                if (in_item && (stop || (depth == 0 && ends_item(t, k)))) {
                        changed |= take_constants(t, begin, k);
                        in_item = false;
                }
                if (stop)
                        return changed;
                if (depth == 0 && tokens_is(t, k, ",")) {
                        begin = tokens_near(t, k, 1);
                        in_item = true;
                }
        }
        return in_item ? changed | take_constants(t, begin, (long)t->v.len) : changed;
}

bool plannable_regroup(const struct tokens *t)
{
        static const char *const before[] = {"group", "order", "partition", NULL};
        bool changed = false;
        for (long i = 0; i < (long)t->v.len; i++) {
                if (tokens_is(t, i, "by") && tokens_is_any(t, tokens_near(t, i, -1), before))
                        changed |= regroup_list(t, tokens_near(t, i, 1));
                if (tokens_is(t, i, "on") && tokens_is(t, tokens_near(t, i, -1), "distinct") && tokens_is(t, tokens_near(t, i, 1), "("))
                        changed |= regroup_list(t, tokens_near(t, tokens_near(t, i, 1), 1));
        }
        return changed;
}
