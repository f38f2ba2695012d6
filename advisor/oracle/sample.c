#include "oracle/sample.h"
#include "base/cleanup.h"
#include "lib/plannable.h"

#include <math.h>
#include <string.h>

enum { SAMPLED_MAX = 6000 }; /* statements; those asked about first weigh most */

DEFINE_CLEANUP(struct arena *, arena_free)

/* What is new among the columns is looked up, under a search path that nobody else can put functions into. */
static int look_up(struct sampler *s, struct pg *pg, const struct sql_params *params, bool *ret_moved, struct err *err)
{
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        if (!plan_values_want(s->values, params))
                return 0;
        const char *columns[] = {plan_values_columns(s->values)};
        struct err why = {0};
        int r = pg_exec(pg, "SET search_path = pg_catalog", err);
        *ret_moved = true;
        if (r == 0 && pg_query(pg, plan_values_sql, 1, columns, &rows, &why) == 0)
                plan_values_take(s->values, rows);
        return r < 0 || pg_lost(pg) ? err_set(err, ERR_TARGET, "%s: the session ended", pg_place(pg)) : 0;
}

static int types_of(struct pg *pg, const char *prepared, struct pg_rows **ret_rows, struct err *err)
{
        static const char sql[] = "SELECT t.type::text FROM pg_catalog.pg_prepared_statements s, pg_catalog.unnest(s.parameter_types) WITH ORDINALITY t(type, n)"
                                  " WHERE s.name OPERATOR(pg_catalog.=) $1 ORDER BY t.n";
        const char *const params[] = {prepared};
        struct err why = {0};
        int r = pg_query(pg, sql, 1, params, ret_rows, &why);
        return r < 0 && pg_lost(pg) ? err_set(err, ERR_TARGET, "%s", why.msg) : 0;
}

static const char *with_values(struct sampler *s, const char *text, const struct sql_params *params, const struct pg_rows *types, const char *path, enum value_case which)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        int n = pg_count(types);
        const char **literals = arena_alloc(a, ((size_t)n + 1) * sizeof *literals);
        bool sampled = false;
        for (int i = 0; i < n; i++) {
                const char *type = pg_text(types, i, 0);
                const char *value = plan_values_literal(s->values, a, params, i + 1, type, path, NAN, which, &sampled);
                if (!strcmp(value, "NULL")) /* would fold the condition away */
                        return NULL;
                literals[i] = arena_printf(a, "%s::%s", value, type);
        }
        return sampled ? plannable_literals(s->arena, text, literals, (size_t)n) : NULL;
}

int sample_texts(struct sampler *s, struct pg *pg, const char *prepared, const char *text, const char *path, const char *texts[VALUE_CASE_COUNT],
                 bool *ret_moved, struct err *err)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        CLEANUP(pg_rows_free) struct pg_rows *types = NULL;
        struct sql_params params = {0};
        struct err why = {0};
        if (s->asked++ >= SAMPLED_MAX || sqlparams_read(a, text, &params, &why) < 0 || !params.v.len)
                return 0;
        int r = look_up(s, pg, &params, ret_moved, err);
        if (r == 0)
                r = types_of(pg, prepared, &types, err);
        for (int which = 0; r == 0 && types && pg_count(types) && which < VALUE_CASE_COUNT; which++)
                texts[which] = with_values(s, text, &params, types, path, (enum value_case)which);
        return r;
}
