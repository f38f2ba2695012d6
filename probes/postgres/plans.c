/*
 * EXPLAIN of the statements that took most of the window. A captured statement is data: it is prepared and explained, in a
 * session whose transactions are read-only, one statement a message, and never run. What would let planning run a function of
 * somebody else's is refused (lib/planfence.h).
 *
 *      for each statement
 *      [search path of its role, force_generic_plan] -> PREPARE pa AS text -> EXPLAIN EXECUTE pa(NULL, ...)
 *                                        ^ failed: the text is repaired (lib/plannable.h), up to a limit
 *      for the first of them, beside that
 *      [types of its parameters, force_custom_plan] -> EXPLAIN EXECUTE pa(values) for typical, frequent and rare ones
 *      -> EXPLAIN text, where a session showed one with its constants -> DEALLOCATE
 *
 * The same way on every version: GENERIC_PLAN of version 16 gives the same plan, but takes $n only from the simple protocol,
 * which would run a second statement hidden in a text.
 */
#include "base/str.h"
#include "base/sys.h"
#include "lib/plannable.h"
#include "lib/sql.h"
#include "probes/postgres/plans_impl.h"

#include <math.h>
#include <string.h>

/* ── Which statements ────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_kind_to_plan(const char *kind)
{
        static const char *const kinds[] = {"select", "insert", "update", "delete"};
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (kind && !strcmp(kind, kinds[i]))
                        return true;
        return false;
}

static bool can_be_planned(const struct pgp_statement *s)
{
        return s->repaired && is_kind_to_plan(s->kind);
}

/* A part of the time for closing, and whatever the catalog took, a part of its own; the last tenth is for what may still be out. */
static bool out_of_time(const struct pgp *p, int64_t now_us, int64_t tenths)
{
        int64_t budget = p->env.budget_us, used = now_us - p->finish_us;
        if (!budget || !p->finishing)
                return false;
        return used > budget * 9 / 10 || (used > budget * tenths / 10 && now_us - p->plans->since_us > budget * 3 / 20);
}

static void begin_statement(struct pgp_plans *x, struct pgp_statement *s)
{
        arena_free(x->arena);
        x->arena = arena_new();
        x->statement = s;
        x->text = s->repaired;
        x->attempts = 0;
        x->prepared = false;
        x->types.items = NULL;
        x->types.len = x->types.cap = 0;
        x->params = (struct sql_params){0};
        x->which = 0;
}

static bool choose_next(struct pgp *p, int64_t now_us)
{
        struct pgp_plans *x = p->plans;
        while (x->next < p->ranked.len && x->planned + x->failed < PGP_PLANS_MAX && !out_of_time(p, now_us, 7)) {
                struct pgp_statement *s = p->ranked.items[x->next++];
                if (!can_be_planned(s) || s->again || s->sibling >= PGP_FAMILY_MAX)
                        continue;
                begin_statement(x, s);
                return true;
        }
        x->late |= x->next < p->ranked.len && out_of_time(p, now_us, 7);
        return false;
}

/* A text that a session showed, with its constants; NULL when there is none that is a single statement of that kind. */
static const char *seen_text(struct pgp *p)
{
        const struct pgp_plans *x = p->plans;
        const char *form;
        for (size_t i = 0; i < p->seen.len; i++)
                if (!strcmp(p->seen.items[i].queryid, x->statement->queryid)) {
                        const char *text = p->seen.items[i].query;
                        bool plain = sql_form(x->arena, text, &form, NULL) == 0 && is_kind_to_plan(sql_kind(text)) && !plannable_params(x->arena, text);
                        return plain && !planfence_refuses(x->fence, x->arena, text) ? text : NULL;
                }
        return NULL;
}

static enum plan_step after_samples(struct pgp *p)
{
        struct pgp_plans *x = p->plans;
        bool wanted = x->next <= PGP_SAMPLED_MAX;
        if (x->step < STEP_SEEN && wanted && seen_text(p))
                return STEP_SEEN;
        return x->prepared ? STEP_DEALLOCATE : STEP_NEXT;
}

/* ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

#define PREPARE "PREPARE pa AS "
#define EXPLAIN "EXPLAIN (FORMAT JSON, VERBOSE) "

static int send(struct pgp *p, const char *sql, int n, const char *const *params, struct err *err)
{
        p->since_us = sys.monotonic_us();
        return pg_send(p->pg, sql, n, params, err);
}

static const char *execute(struct pgp_plans *x, const char *const *values, int n)
{
        CLEANUP(str_release) struct str out = {0};
        str_add(&out, EXPLAIN "EXECUTE pa");
        for (int i = 0; i < n; i++)
                str_printf(&out, "%s%s", i ? ", " : "(", values ? values[i] : "NULL");
        str_add(&out, n ? ")" : "");
        return arena_strdup(x->arena, str_text(&out));
}

static int send_mode(struct pgp *p, struct err *err)
{
        struct pgp_plans *x = p->plans;
        const char *path = plan_paths_of(p, x->arena, x->statement);
        x->path = arena_strdup(x->arena, path);
        x->step = STEP_MODE;
        return send(p, "SELECT pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', false), pg_catalog.set_config('search_path', $1, false)", 1, &path,
                    err);
}

/* Values from statistics for this case; false when there are none, so that the plan would be the one for any parameters. */
static bool sample(struct pgp *p, const char **values)
{
        struct pgp_plans *x = p->plans;
        bool sampled = false;
        double rows = x->statement->calls > 0 ? x->statement->rows / x->statement->calls : NAN;
        for (size_t i = 0; i < x->types.len; i++)
                values[i] = plan_values_literal(x->values, x->arena, &x->params, (int)i + 1, x->types.items[i], x->path, rows, x->which, &sampled);
        return sampled;
}

static int send_sample(struct pgp *p, struct err *err)
{
        struct pgp_plans *x = p->plans;
        const char **values = arena_alloc(x->arena, (x->types.len + 1) * sizeof *values);
        if (sample(p, values))
                return send(p, execute(x, values, (int)x->types.len), 0, NULL, err);
        x->step = after_samples(p);
        return pgp_plans_send(p, sys.monotonic_us(), err);
}

static int send_next(struct pgp *p, int64_t now_us, struct err *err)
{
        struct pgp_plans *x = p->plans;
        while (choose_next(p, now_us)) {
                const char *refusal = planfence_refuses(x->fence, x->arena, x->text);
                if (!refusal)
                        return send_mode(p, err);
                x->refused++;
                int r = plan_store_failure(p, refusal, err);
                if (r < 0)
                        return r;
        }
        x->step = STEP_OVER;
        int r = plan_store_status(p, err);
        return r < 0 ? r : 1;
}

static int send_values(struct pgp *p, struct err *err)
{
        struct pgp_plans *x = p->plans;
        x->values = plan_values_new(p->arena);
        for (size_t i = 0; i < p->ranked.len && i < PGP_SAMPLED_MAX; i++) {
                CLEANUP(arena_free) struct arena *a = arena_new();
                struct sql_params params = {0};
                struct err why = {0};
                if (p->ranked.items[i]->repaired && sqlparams_read(a, p->ranked.items[i]->repaired, &params, &why) == 0)
                        plan_values_want(x->values, &params);
        }
        const char *columns = plan_values_columns(x->values);
        return send(p, plan_values_sql, 1, &columns, err);
}

int pgp_plans_send(struct pgp *p, int64_t now_us, struct err *err)
{
        if (!p->plans)
                p->plans = arena_new_of(p->arena, struct pgp_plans);
        struct pgp_plans *x = p->plans;
        if (!x->since_us)
                x->since_us = now_us;
        switch (x->step) {
        case STEP_PATHS:
                return send(p, plan_paths_sql, 0, NULL, err);
        case STEP_FENCE:
                return send(p, planfence_sql, 0, NULL, err);
        case STEP_VALUES:
                return send_values(p, err);
        case STEP_NEXT:
                return send_next(p, now_us, err);
        case STEP_PREPARE:
                return send(p, arena_printf(x->arena, PREPARE "%s", x->text), 0, NULL, err);
        case STEP_EXPLAIN:
                return send(p, execute(x, NULL, plannable_params(x->arena, x->text)), 0, NULL, err);
        case STEP_TYPES:
                return send(p,
                            "SELECT t.type::text, pg_catalog.set_config('plan_cache_mode', 'force_custom_plan', false) FROM pg_catalog.pg_prepared_statements s,"
                            " pg_catalog.unnest(s.parameter_types) WITH ORDINALITY t(type, n) WHERE s.name OPERATOR(pg_catalog.=) 'pa' ORDER BY t.n",
                            0, NULL, err);
        case STEP_SAMPLE:
                return send_sample(p, err);
        case STEP_SEEN:
                return send(p, arena_printf(x->arena, EXPLAIN "%s", seen_text(p)), 0, NULL, err);
        case STEP_DEALLOCATE:
                return send(p, "DEALLOCATE pa", 0, NULL, err);
        default:
                return 1;
        }
}

/* ── Taking ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void take_types(struct pgp_plans *x, const struct pg_rows *rows)
{
        struct err why = {0};
        for (int i = 0; i < pg_count(rows); i++)
                *vec_push(x->arena, &x->types) = arena_strdup(x->arena, pg_text(rows, i, 0));
        sqlparams_read(x->arena, x->text, &x->params, &why);
}

static enum plan_step after_explain(struct pgp *p)
{
        struct pgp_plans *x = p->plans;
        bool sampled = x->next <= PGP_SAMPLED_MAX && x->values && plannable_params(x->arena, x->text) && !out_of_time(p, sys.monotonic_us(), 5);
        return sampled ? STEP_TYPES : after_samples(p);
}

/* Before the first try: what $1 - $2 is compared with is known here, and the server would not ask. */
static void give_types(struct pgp *p)
{
        struct pgp_plans *x = p->plans;
        struct sql_params params = {0};
        struct err why = {0};
        if (x->values && x->next <= PGP_SAMPLED_MAX && sqlparams_read(x->arena, x->text, &params, &why) == 0)
                x->text = plan_values_typed(x->values, x->arena, &params, x->text, x->path);
}

static int step_done(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        struct pgp_plans *x = p->plans;
        enum plan_step step = x->step;
        switch (step) {
        case STEP_PATHS:
                plan_paths_take(p, rows);
                break;
        case STEP_FENCE:
                x->fence = planfence_read(p->arena, rows);
                break;
        case STEP_VALUES:
                plan_values_take(x->values, rows);
                break;
        case STEP_MODE:
                give_types(p);
                break;
        case STEP_PREPARE:
                x->prepared = true;
                break;
        case STEP_EXPLAIN:
                x->step = after_explain(p);
                return plan_store(p, rows, "forced_generic", "generic", err);
        case STEP_TYPES:
                take_types(x, rows);
                break;
        case STEP_SAMPLE: {
                const char *name = value_case_names[x->which++];
                x->step = x->which < VALUE_CASE_COUNT ? STEP_SAMPLE : after_samples(p);
                return plan_store(p, rows, "sampled", name, err);
        }
        case STEP_SEEN:
                x->step = after_samples(p);
                return plan_store(p, rows, "sampled", "seen", err);
        default:
                x->step = STEP_NEXT;
                return 0;
        }
        x->step++;
        return 0;
}

static bool repair(struct pgp *p, const struct err *failure)
{
        struct pgp_plans *x = p->plans;
        if (x->step != STEP_PREPARE || ++x->attempts > PLANNABLE_TRIES)
                return false;
        int position = pg_position(p->pg) - (int)strlen(PREPARE);
        const char *text = plannable_again(x->arena, x->text, pg_sqlstate(p->pg), position > 0 ? position : 0, failure->msg);
        if (text)
                x->text = text;
        return text;
}

static int step_failed(struct pgp *p, const struct err *failure, struct err *err)
{
        struct pgp_plans *x = p->plans;
        switch (x->step) {
        case STEP_MODE:
                x->step = STEP_NEXT;
                return plan_store_failure(p, failure->msg, err);
        case STEP_PREPARE:
                if (repair(p, failure))
                        return 0; /* again */
                x->step = STEP_NEXT;
                return plan_store_refusal(p, failure, err);
        case STEP_EXPLAIN:
                x->step = STEP_DEALLOCATE;
                return plan_store_refusal(p, failure, err);
        case STEP_VALUES: /* plans for any parameters remain */
                x->values = NULL;
                x->step = STEP_NEXT;
                return 0;
        case STEP_SAMPLE: /* a value that the type does not take */
                x->which = strcmp(pg_sqlstate(p->pg), "57014") ? x->which + 1 : VALUE_CASE_COUNT; /* another would take as long */
                x->step = x->which < VALUE_CASE_COUNT ? STEP_SAMPLE : after_samples(p);
                return 0;
        case STEP_TYPES:
        case STEP_SEEN:
                x->step = after_samples(p);
                return 0;
        default:
                x->step = STEP_OVER;
                return pgp_status(p, "fact_plan", FACT_UNKNOWN, arena_printf(p->arena, "plans: %s", failure->msg), NULL, err);
        }
}

int pgp_plans_take(struct pgp *p, struct pg_rows *rows, const struct err *failure, struct err *err)
{
        return failure ? step_failed(p, failure, err) : step_done(p, rows, err);
}

void pgp_plans_free(struct pgp_plans *x)
{
        if (x)
                arena_free(x->arena);
}
