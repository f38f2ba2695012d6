/*
 * Statistics: ANALYZE, CREATE STATISTICS (and the ANALYZE that fills it), a column's statistics target.
 *
 * ANALYZE changes nothing that could be put back: fresh statistics replace older ones, and the next autovacuum would do the same;
 * its undo is nothing. A statistics object is dropped again, a target set back.
 */
#include "act/act.h"
#include "lib/sql.h"

#include <string.h>
#include <strings.h>

enum form { FORM_ANALYZE, FORM_CREATE, FORM_TARGET, FORM_COUNT };

/* By the parse tree: a plan from elsewhere must not bring another ALTER TABLE along. */
static enum form form_of(const struct change *c)
{
        struct arena *scratch = arena_new();
        const char *form = "";
        enum form f = FORM_COUNT;
        if (sql_form(scratch, c->forward_sql, &form, NULL) < 0)
                f = FORM_COUNT;
        else if (!strcmp(form, "VacuumStmt"))
                f = strncasecmp(c->forward_sql, "ANALYZE", 7) ? FORM_COUNT : FORM_ANALYZE;
        else if (!strcmp(form, "CreateStatsStmt"))
                f = FORM_CREATE;
        else if (!strcmp(form, "AlterTableStmt/AT_SetStatistics"))
                f = FORM_TARGET;
        arena_free(scratch);
        return f;
}

/* CREATE: the object's definition. TARGET: object is SCHEMA.TABLE.COLUMN, the value its target (-1 is the default). */
static int read_state(struct act_env *e, struct pg *pg, const struct change *c, const char **ret, struct err *err)
{
        const char *object = c->object ? c->object : "", *dot = strrchr(object, '.');
        const char *head = dot ? arena_strndup(e->arena, object, (size_t)(dot - object)) : "", *tail = dot ? dot + 1 : object;
        const char *const params[] = {head, tail};
        if (form_of(c) == FORM_CREATE)
                return act_ask(e, pg, "SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = stxnamespace"
                                      " WHERE nspname = btrim($1, '\"') AND stxname = btrim($2, '\"')", 2, params, ret, err);
        if (form_of(c) == FORM_TARGET)
                return act_ask(e, pg, "SELECT coalesce(attstattarget, -1)::text FROM pg_attribute WHERE attrelid = $1::regclass AND attname = btrim($2, '\"')", 2,
                               params, ret, err);
        *ret = NULL;
        return 0;
}

static int statistics_precheck(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        const char *now = NULL;
        struct pg *pg;
        if (form_of(c) == FORM_COUNT)
                return err_set(err, ERR_REFUSED, "%s: not a statement of statistics: %s", s->what, c->forward_sql);
        int r = act_session(e, s, !e->dry_run, &pg, err);
        if (r < 0 || (r = read_state(e, pg, c, &now, err)) < 0)
                return r;
        if (form_of(c) == FORM_CREATE && now)
                return err_set(err, ERR_REFUSED, "%s exists already: %s", s->what, now);
        s->saved = now ? now : "-";
        s->already = form_of(c) == FORM_TARGET && now && c->after && !strcmp(now, c->after);
        return 0;
}

static int statistics_do(struct act_env *e, struct step *s, struct err *err)
{
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        const struct change *c = s->refs.items[0].change;
        if (r < 0 || (r = pg_exec(pg, c->forward_sql, err)) < 0)
                return r;
        return form_of(c) == FORM_CREATE && c->table ? pg_exec(pg, arena_printf(e->arena, "ANALYZE %s", c->table), err) : 0;
}

static void statistics_describe(struct act_env *e, const struct step *s, struct str *out)
{
        const struct change *c = s->refs.items[0].change;
        (void)e;
        if (form_of(c) == FORM_CREATE && c->table)
                str_printf(out, "-- target %s\nANALYZE %s;\n", s->target ? s->target : "", c->table);
}

static int statistics_classify(struct act_env *e, struct step *s, enum act_state *ret, const char **ret_why, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        const char *now = NULL;
        struct pg *pg;
        *ret = ACT_BEFORE;
        if (form_of(c) == FORM_ANALYZE)
                return 0;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0 || (r = read_state(e, pg, c, &now, err)) < 0)
                return r;
        *ret_why = arena_printf(e->arena, "it is '%s'", now ? now : "absent");
        if (form_of(c) == FORM_CREATE)
                *ret = now ? ACT_AFTER : ACT_BEFORE; /* it was absent at the precheck */
        else
                *ret = now && !strcmp(now, s->saved) ? ACT_BEFORE : now && c->after && !strcmp(now, c->after) ? ACT_AFTER : ACT_FOREIGN;
        return 0;
}

static int statistics_read_back(struct act_env *e, struct step *s, struct err *err)
{
        enum act_state state;
        const char *why = "";
        int r = statistics_classify(e, s, &state, &why, err);
        if (r == 0 && form_of(s->refs.items[0].change) != FORM_ANALYZE && state != ACT_AFTER)
                r = err_set(err, ERR_TARGET, "%s does not read back as written: %s", s->what, why);
        return r;
}

static int statistics_undo(struct act_env *e, struct step *s, struct err *err)
{
        const struct change *c = s->refs.items[0].change;
        struct pg *pg;
        int r = act_session(e, s, true, &pg, err);
        if (r < 0)
                return r;
        if (form_of(c) == FORM_CREATE)
                return pg_exec(pg, arena_printf(e->arena, "DROP STATISTICS %s", c->object), err);
        const char *dot = strrchr(c->object, '.');
        return pg_exec(pg, arena_printf(e->arena, "ALTER TABLE %.*s ALTER COLUMN %s SET STATISTICS %s", (int)(dot - c->object), c->object, dot + 1, s->saved), err);
}

const struct actuator actuator_pg_statistics = {
        .kind = CHANGE_pg_statistics,
        .precheck = statistics_precheck,
        .do_ = statistics_do,
        .read_back = statistics_read_back,
        .undo = statistics_undo,
        .classify = statistics_classify,
        .describe = statistics_describe,
};
