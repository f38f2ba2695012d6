/*
 * EXPLAIN of the statements that took most of the window. A captured statement is data: it is prepared and explained, in a
 * session whose transactions are read-only, and never run.
 *
 *      SET plan_cache_mode = force_generic_plan; then for each statement
 *      [search path of its role] -> PREPARE pa AS text -> EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE pa(NULL, ...) -> DEALLOCATE
 *                                        ^ failed: the text is repaired (lib/plannable.h), up to a limit
 *
 * The same way on every version: GENERIC_PLAN of version 16 gives the same plan, but takes $n only from the simple protocol,
 * which would run a second statement hidden in a text.
 */
#include "probes/postgres/plan_tree.h"
#include "probes/postgres/postgres.h"
#include "base/sys.h"
#include "lib/plannable.h"

#include <math.h>
#include <string.h>

enum plan_step { STEP_PATHS, STEP_MODE, STEP_NEXT, STEP_PATH, STEP_PREPARE, STEP_EXPLAIN, STEP_DEALLOCATE, STEP_OVER };

struct role_path {
        int64_t role, database;
        const char *path;
};

struct pgp_plans {
        enum plan_step step;
        size_t next;                      /* of the ranking */
        int planned, failed, denied;
        const char *denied_remedy, *denied_reason;
        struct pgp_statement *statement;
        const char *path;                 /* the search path that is set */
        VEC(struct role_path) paths;
        const char *text;                 /* of the statement, as repaired so far */
        int attempts;
};

/* ── Search paths ────────────────────────────────────────────────────────────────────────────────────────────────── */

#define PATHS_SQL                                                                                                      \
        "SELECT s.setrole, s.setdatabase, substr(c.item, 13) FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) c(item)" \
        " WHERE c.item LIKE 'search_path=%' AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"

static void keep_paths(struct pgp *p, const struct pg_rows *rows)
{
        for (int i = 0; i < pg_count(rows); i++)
                *vec_push(p->arena, &p->plans->paths) = (struct role_path){pg_int(rows, i, 0), pg_int(rows, i, 1),
                                                                          arena_strdup(p->arena, pg_text(rows, i, 2))};
}

/* As the server decides: role in database, role, database, everywhere. */
static const char *path_of_role(const struct pgp *p, int64_t role)
{
        const char *best = p->search_path;
        int rank = 0;
        for (size_t i = 0; i < p->plans->paths.len; i++) {
                const struct role_path *r = &p->plans->paths.items[i];
                int now = (r->role == role ? 2 : 0) + (r->database ? 1 : 0);
                if ((r->role == role || !r->role) && now > rank) {
                        rank = now;
                        best = r->path;
                }
        }
        return best ? best : "\"$user\", public";
}

/* "$user" is the role that sends the statement, not ours. */
static const char *path_for(struct pgp *p, const struct pgp_statement *s)
{
        const char *path = path_of_role(p, s->userid), *user = strstr(path, "$user");
        if (!user || !s->role)
                return path;
        bool in_quotes = user > path && user[-1] == '"' && user[5] == '"';
        size_t head = (size_t)(user - path) - in_quotes;
        return arena_printf(p->arena, "%.*s%s%s", (int)head, path, pg_quote_ident(p->arena, s->role), user + 5 + in_quotes);
}

/* ── Which statements ────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_planned_before(const struct pgp *p, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (!strcmp(p->ranked.items[k]->queryid, p->ranked.items[i]->queryid))
                        return true;
        return false;
}

static bool can_be_planned(const struct pgp_statement *s)
{
        static const char *const kinds[] = {"select", "insert", "update", "delete"};
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (s->repaired && s->kind && !strcmp(s->kind, kinds[i]))
                        return true;
        return false;
}

static bool out_of_time(const struct pgp *p, int64_t now_us)
{
        return p->env.budget_us && p->finishing && now_us - p->finish_us > p->env.budget_us * 7 / 10;
}

static bool choose_next(struct pgp *p, int64_t now_us)
{
        struct pgp_plans *x = p->plans;
        while (x->next < p->ranked.len && x->planned + x->failed < PGP_PLANS_MAX && !out_of_time(p, now_us)) {
                size_t i = x->next++;
                if (!can_be_planned(p->ranked.items[i]) || is_planned_before(p, i))
                        continue;
                x->statement = p->ranked.items[i];
                x->text = x->statement->repaired;
                x->attempts = 0;
                return true;
        }
        return false;
}

/* ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int store_failure(struct pgp *p, const char *why, struct err *err)
{
        p->plans->failed++;
        sink_begin(p->sink);
        EMIT(p->sink, "pg_plan", TEXT("queryid", p->plans->statement->queryid), TEXT("method", "failed"), TEXT("failure", why));
        return sink_end(p->sink, true, err);
}

static int store_plan(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        struct plan_tree tree = {0};
        struct err why = {0};
        const char *text = pg_text(rows, 0, 0);
        if (plan_tree_read(a, text ? text : "", p->env.literals, &tree, &why) < 0)
                return store_failure(p, why.msg, err);
        if (strlen(tree.text) > PGP_PLAN_BYTES_MAX)
                return store_failure(p, "the plan is larger than what is kept of one", err);
        p->plans->planned++;
        sink_begin(p->sink);
        EMIT(p->sink, "pg_plan", TEXT("queryid", p->plans->statement->queryid), TEXT("method", "forced_generic"), TEXT("plan_hash", tree.hash),
             REAL("total_cost", tree.total_cost), REAL("plan_rows", tree.plan_rows), TEXT("plan", tree.text));
        return sink_end(p->sink, true, err);
}

static int final_status(struct pgp *p, struct err *err)
{
        struct pgp_plans *x = p->plans;
        const char *reason = NULL;
        enum fact_status status = FACT_OK;
        if (x->denied) {
                status = x->planned ? FACT_OK : FACT_DENIED;
                reason = arena_printf(p->arena, "%d of %d statements could not be planned: %s", x->denied, x->planned + x->failed, x->denied_reason);
        } else if (!x->planned && x->failed) {
                status = FACT_UNKNOWN;
                reason = "no statement could be planned; pg_plan.failure says why for each";
        } else if (!x->planned && p->end.hidden) { /* not "empty": what is hidden may be what would be planned */
                status = FACT_DENIED;
                reason = arena_printf(p->arena, "%zu statements of other roles are hidden, so they cannot be planned", p->end.hidden);
        } else if (!x->planned) {
                status = p->end.taken ? FACT_EMPTY : FACT_UNKNOWN;
                reason = p->end.taken ? "no statement that can be planned ran in the window" : "statements are unknown";
        }
        const char *remedy = x->denied_remedy, *why = NULL;
        if (!p->end.taken)
                pgp_why_no_statements(p, &why, &remedy);
        else if (!remedy && p->end.hidden)
                remedy = arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role));
        return pgp_status(p, "fact_plan", status, reason, remedy, err);
}

/* ── Failures ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void note_denied(struct pgp *p, const char *message)
{
        struct pgp_plans *x = p->plans;
        if (x->denied++)
                return;
        bool writes = x->statement->kind && strcmp(x->statement->kind, "select");
        x->denied_reason = arena_strdup(p->arena, message);
        x->denied_remedy = p->unreadable ? p->unreadable_remedy
                           : writes      ? "the role would need the right to write, which a probe should not have"
                                         : NULL;
}

#define PREPARE "PREPARE pa AS "

static bool repair(struct pgp *p, const struct err *failure)
{
        struct pgp_plans *x = p->plans;
        if (x->step != STEP_PREPARE || ++x->attempts > PLANNABLE_TRIES)
                return false;
        int position = pg_position(p->pg) - (int)strlen(PREPARE);
        const char *text = plannable_again(p->arena, x->text, pg_sqlstate(p->pg), position > 0 ? position : 0, failure->msg);
        if (text)
                x->text = text;
        return text;
}

static int statement_failed(struct pgp *p, const struct err *failure, struct err *err)
{
        struct pgp_plans *x = p->plans;
        if (repair(p, failure))
                return 0; /* STEP_PREPARE again */
        const char *state = pg_sqlstate(p->pg), *why = failure->msg;
        if (!strcmp(state, "42501"))
                note_denied(p, failure->msg);
        if (!strcmp(state, "55P03"))
                why = "another session holds a lock on a table of the statement";
        x->step = x->step == STEP_EXPLAIN ? STEP_DEALLOCATE : STEP_NEXT;
        return store_failure(p, why, err);
}

/* ── Sending and taking ──────────────────────────────────────────────────────────────────────────────────────────── */

static const char *prepare_sql(struct pgp *p)
{
        return arena_printf(p->arena, PREPARE "%s", p->plans->text);
}

static const char *explain_sql(struct pgp *p)
{
        CLEANUP(str_release) struct str out = {0};
        int params = plannable_params(p->arena, p->plans->text);
        str_add(&out, "EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE pa");
        for (int i = 1; i <= params; i++)
                str_add(&out, i == 1 ? "(NULL" : ", NULL");
        str_add(&out, params ? ")" : "");
        return arena_strdup(p->arena, str_text(&out));
}

static int send(struct pgp *p, const char *sql, int n, const char *const *params, struct err *err)
{
        p->since_us = sys.monotonic_us();
        return pg_send(p->pg, sql, n, params, err);
}

static int send_path(struct pgp *p, struct err *err)
{
        struct pgp_plans *x = p->plans;
        const char *path = path_for(p, x->statement);
        if (x->path && !strcmp(x->path, path)) {
                x->step = STEP_PREPARE;
                return send(p, prepare_sql(p), 0, NULL, err);
        }
        x->path = path;
        x->step = STEP_PATH;
        return send(p, "SELECT pg_catalog.set_config('search_path', $1, false)", 1, &path, err);
}

int pgp_plans_send(struct pgp *p, int64_t now_us, struct err *err)
{
        if (!p->plans)
                p->plans = arena_new_of(p->arena, struct pgp_plans);
        struct pgp_plans *x = p->plans;
        int r;
        switch (x->step) {
        case STEP_PATHS:
                return send(p, PATHS_SQL, 0, NULL, err);
        case STEP_MODE:
                return send(p, "SELECT pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', false)", 0, NULL, err);
        case STEP_NEXT:
                if (choose_next(p, now_us))
                        return send_path(p, err);
                x->step = STEP_OVER;
                r = final_status(p, err);
                return r < 0 ? r : 1;
        case STEP_PREPARE:
                return send(p, prepare_sql(p), 0, NULL, err);
        case STEP_EXPLAIN:
                return send(p, explain_sql(p), 0, NULL, err);
        case STEP_DEALLOCATE:
                return send(p, "DEALLOCATE pa", 0, NULL, err);
        default:
                return 1;
        }
}

static int step_done(struct pgp *p, const struct pg_rows *rows, struct err *err)
{
        struct pgp_plans *x = p->plans;
        switch (x->step) {
        case STEP_PATHS:
                keep_paths(p, rows);
                x->step = STEP_MODE;
                return 0;
        case STEP_EXPLAIN:
                x->step = STEP_DEALLOCATE;
                return store_plan(p, rows, err);
        case STEP_DEALLOCATE:
        case STEP_MODE:
                x->step = STEP_NEXT;
                return 0;
        default: /* PATH -> PREPARE -> EXPLAIN */
                x->step++;
                return 0;
        }
}

int pgp_plans_take(struct pgp *p, struct pg_rows *rows, const struct err *failure, struct err *err)
{
        struct pgp_plans *x = p->plans;
        if (!failure)
                return step_done(p, rows, err);
        if (x->step == STEP_PREPARE || x->step == STEP_EXPLAIN)
                return statement_failed(p, failure, err);
        if (x->step == STEP_PATH) {
                x->path = NULL;
                x->step = STEP_NEXT;
                return store_failure(p, failure->msg, err);
        }
        x->step = STEP_OVER; /* without generic plans NULL would fold conditions away: no plan is better */
        return pgp_status(p, "fact_plan", FACT_UNKNOWN, arena_printf(p->arena, "plans: %s", failure->msg), NULL, err);
}
