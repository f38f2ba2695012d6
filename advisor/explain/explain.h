/*
 * One statement with its plan, for `perfadvise explain`: what is in the history about it, and the findings, each on the node it is about.
 *
 *      explain_load(arena, store, name, findings, n, &x, err); explain_write_text(&x, ...)
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "change/change.h"
#include "store/store.h"

#include <stdbool.h>

struct explained_node {
        const char *path;         /* in the plan's JSON */
        int parent, depth;        /* parent: index, -1 for the top */
        const char *type, *relationship, *subplan, *join_type, *strategy, *relation, *schema, *alias, *index;
        const char *filter, *index_cond, *recheck_cond, *join_filter, *join_cond, *sort_key, *group_key;
        double plan_rows, cost, share_frac, table_rows;
        double rows, loops, ms, self_ms, removed, misestimate; /* measured; NAN where not */
        const char *spill;        /* "4 batches, 16 MB on disk", or NULL */
        VEC(const struct finding *) findings;
};

/* A plan of the statement besides the one that is shown. */
struct explained_case {
        const char *method, *params, *hash, *failure;
        double cost, rows, exec_ms;
        int64_t times;
};

struct explained_past {
        const char *hash, *first, *last; /* days */
        int64_t runs;
        double least_cost, greatest_cost;
};

struct explained {
        const char *target, *queryid, *fingerprint, *query, *kind, *source, *role;
        double calls, mean_ms, stddev_ms, total_ms, share_frac, rows_per_call, blocks_per_call;
        bool actual;              /* the plan that is shown was measured */
        const char *hash, *method, *params, *failure;
        double cost, exec_ms;
        int64_t times;
        VEC(struct explained_node) nodes;
        VEC(struct explained_case) cases;
        VEC(struct explained_past) history;
        VEC(const struct finding *) findings; /* that are on no node */
};

/* The queryid that a name means: a queryid, a fingerprint, or SQL (matched by fingerprint). ERR_USAGE when nothing of the history is. */
int explain_find(struct arena *a, struct store *store, const char *name, const char *target, struct explained *x, struct err *err);
/* After explain_find: the plan and what the history says. estimated: not the measured plan, where there is one. */
int explain_load(struct arena *a, struct store *store, bool estimated, struct explained *x, struct err *err);
/* Puts the findings about the statement on nodes. */
void explain_place(struct arena *a, struct explained *x, const struct finding *findings, size_t n);

/* "Index Scan Backward using t_pkey on public.t a": without the schema public. */
const char *explain_title(struct arena *a, const struct explained_node *n);
/* "(a = $1)" with its label, in the order of EXPLAIN; NULL after the last. */
const char *explain_detail(struct arena *a, const struct explained_node *n, int i);

void explain_write_text(struct arena *a, const struct explained *x, bool colour, bool unicode, struct str *out);
void explain_write_json(const struct explained *x, struct str *out);
void explain_write_html(struct arena *a, const struct explained *x, struct str *out);
