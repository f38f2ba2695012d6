/*
 * What planning came to: a plan for any parameters and for sampled ones, a failure for each statement that has none, and the status of the
 * fact. Texts of failures are data: those about a value (class 22) would quote it and are not kept.
 */
#include "probes/postgres/plan_tree.h"
#include "probes/postgres/plans_impl.h"

#include <string.h>

int plan_store_failure(struct pgp *p, const char *why, struct err *err)
{
        p->plans->failed++;
        sink_begin(p->sink);
        EMIT(p->sink, "pg_plan", TEXT("queryid", p->plans->statement->queryid), TEXT("method", "failed"), TEXT("failure", why));
        return sink_end(p->sink, true, err);
}

int plan_store(struct pgp *p, const struct pg_rows *rows, const char *method, const char *params, struct err *err)
{
        CLEANUP(arena_free) struct arena *a = arena_new();
        struct plan_tree tree = {0};
        struct err why = {0};
        const char *text = pg_text(rows, 0, 0);
        bool generic = !strcmp(params, "generic");
        if (plan_tree_read(a, text ? text : "", p->env.literals, &tree, &why) < 0)
                return generic ? plan_store_failure(p, why.msg, err) : 0;
        if (strlen(tree.text) > PGP_PLAN_BYTES_MAX)
                return generic ? plan_store_failure(p, "the plan is larger than what is kept of one", err) : 0;
        *(generic ? &p->plans->planned : &p->plans->sampled) += 1;
        sink_begin(p->sink);
        EMIT(p->sink, "pg_plan", TEXT("queryid", p->plans->statement->queryid), TEXT("method", method), TEXT("params", params), TEXT("plan_hash", tree.hash),
             REAL("total_cost", tree.total_cost), REAL("plan_rows", tree.plan_rows), TEXT("plan", tree.text));
        return sink_end(p->sink, true, err);
}

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

int plan_store_refusal(struct pgp *p, const struct err *failure, struct err *err)
{
        const char *state = pg_sqlstate(p->pg), *why = failure->msg;
        if (!strcmp(state, "42501"))
                note_denied(p, failure->msg);
        if (!strcmp(state, "55P03"))
                why = "another session holds a lock on a table of the statement";
        if (!strcmp(state, "57014"))
                why = "planning took longer than 2 s and was cancelled";
        if (!strncmp(state, "22", 2))
                why = "a constant that its text still holds is not valid for its type, or a function that planning runs failed on it";
        if (!strcmp(state, "P0001") || !strncmp(state, "38", 2) || !strncmp(state, "39", 2))
                why = "a function that planning runs raised an error";
        return plan_store_failure(p, why, err);
}

int plan_store_status(struct pgp *p, struct err *err)
{
        struct pgp_plans *x = p->plans;
        const char *reason = NULL;
        enum fact_status status = FACT_OK;
        if (x->denied) {
                status = x->planned ? FACT_OK : FACT_DENIED;
                reason = arena_printf(p->arena, "%d of %d statements could not be planned: %s", x->denied, x->planned + x->failed, x->denied_reason);
        } else if (x->late) {
                status = x->planned ? FACT_OK : FACT_UNKNOWN;
                reason = arena_printf(p->arena, "the time was up when %d statements were planned, of %zu that ran", x->planned + x->failed, p->ranked.len);
        } else if (!x->planned && x->failed) {
                status = FACT_UNKNOWN;
                reason = "no statement could be planned; pg_plan.failure says why for each";
        } else if (!x->planned && p->end.hidden) { /* not "empty": what is hidden may be what would be planned */
                status = FACT_DENIED;
                reason = arena_printf(p->arena, "%zu statements of other roles are hidden, so they cannot be planned", p->end.hidden);
        } else if (!x->planned) {
                status = p->end.taken ? FACT_EMPTY : FACT_UNKNOWN;
                reason = p->end.taken ? "no statement that can be planned ran in the window" : "statements are unknown";
        } else if (x->refused) {
                reason = arena_printf(p->arena, "%d of %d statements reach functions of other roles and were not planned", x->refused, x->planned + x->failed);
        }
        const char *remedy = x->denied_remedy, *why = NULL;
        if (!p->end.taken)
                pgp_why_no_statements(p, &why, &remedy);
        else if (!remedy && p->end.hidden)
                remedy = arena_printf(p->arena, "GRANT pg_monitor TO %s", pg_quote_ident(p->arena, p->role));
        return pgp_status(p, "fact_plan", status, reason, remedy, err);
}
