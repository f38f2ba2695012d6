/*
 * Repairs before the first try, and what replaces parameters by constants. What the server then complains about: plannable_again.c.
 */
#include "lib/plannable.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/plannable_impl.h"

#include <string.h>

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
        if (tokens_is(t, i, "precision"))
                return tokens_is(t, tokens_near(t, i, -1), "double") ? tokens_near(t, i, -1) : -1;
        if (tokens_is(t, i, "zone")) {
                first = tokens_near(t, tokens_near(t, i, -1), -1);
                first = tokens_near(t, first, -1);
                if (!tokens_is(t, first, "timestamp") && !tokens_is(t, first, "time"))
                        return -1;
        }
        return first;
}

/* `interval $1 day` ends after its fields. */
static long fields_end(const struct tokens *t, long param)
{
        long last = param;
        for (long i = tokens_near(t, param, 1); tokens_is_any(t, i, interval_fields); i = tokens_near(t, i, 1))
                last = i;
        return last;
}

static void repair_typed_literal(struct tokens *t, long param)
{
        long type = tokens_near(t, param, -1);
        if (!tokens_is_any(t, type, literal_types))
                return;
        long first = type_start(t, type);
        if (first < 0 || tokens_is(t, tokens_near(t, first, -1), "::") || tokens_is(t, tokens_near(t, first, -1), "."))
                return;
        long last = tokens_is(t, type, "interval") ? fields_end(t, param) : param;
        CLEANUP(str_release) struct str s = {0};
        str_printf(&s, "CAST(%s AS", tokens_at(t, param)->text);
        for (long i = first; i <= last; i++)
                if (i != param) {
                        str_printf(&s, "%s%s", tokens_at(t, i)->kind == TOKEN_SPACE ? "" : " ", tokens_at(t, i)->kind == TOKEN_SPACE ? "" : tokens_at(t, i)->text);
                        tokens_set(t, i, "");
                }
        str_add(&s, ")");
        tokens_set(t, param, arena_strdup(t->arena, str_text(&s)));
}

/* The field decides nothing about indexes. */
static bool repair_extract(struct tokens *t, long param)
{
        long open = tokens_near(t, param, -1);
        if (!tokens_is(t, open, "(") || !tokens_is(t, tokens_near(t, open, -1), "extract") || !tokens_is(t, tokens_near(t, param, 1), "from"))
                return false;
        tokens_set(t, param, "'day'");
        t->v.items[param].kind = TOKEN_QUOTED;
        return true;
}

char *plannable_repair(struct arena *a, const char *sql)
{
        struct tokens t;
        if (strlen(sql) > PLANNABLE_BYTES_MAX)
                return NULL;
        tokens_read(a, sql, &t);
        for (long i = 0; i < (long)t.v.len; i++)
                if (tokens_is_param(&t, i) && !repair_extract(&t, i))
                        repair_typed_literal(&t, i);
        return tokens_renumber(a, tokens_join(&t));
}

int plannable_params(struct arena *a, const char *text)
{
        struct tokens t;
        int max = 0;
        tokens_read(a, text, &t);
        for (size_t i = 0; i < t.v.len; i++)
                if (t.v.items[i].kind == TOKEN_PARAM && t.v.items[i].number > max)
                        max = t.v.items[i].number;
        return max;
}

char *plannable_literal(struct arena *a, const char *text, int n, const char *literal)
{
        struct tokens t;
        tokens_read(a, text, &t);
        for (long i = 0; i < (long)t.v.len; i++)
                if (tokens_is_param(&t, i) && tokens_at(&t, i)->number == n)
                        tokens_set(&t, i, literal);
        return tokens_join(&t);
}

char *plannable_literals(struct arena *a, const char *text, const char *const *literals, size_t count)
{
        struct tokens t;
        tokens_read(a, text, &t);
        for (long i = 0; i < (long)t.v.len; i++) {
                size_t n = tokens_is_param(&t, i) && tokens_at(&t, i)->number > 0 ? (size_t)tokens_at(&t, i)->number : 0;
                if (n && n <= count && literals[n - 1])
                        tokens_set(&t, i, literals[n - 1]);
        }
        return tokens_join(&t);
}

char *plannable_fix(struct arena *a, const char *text, int n, long value)
{
        return plannable_literal(a, text, n, arena_printf(a, "%ld", value));
}

char *plannable_typed(struct arena *a, const char *text, int n, const char *type)
{
        struct tokens t;
        tokens_read(a, text, &t);
        for (long i = 0; i < (long)t.v.len; i++)
                if (tokens_is_param(&t, i) && tokens_at(&t, i)->number == n)
                        plannable_cast(&t, i, type);
        return tokens_join(&t);
}
