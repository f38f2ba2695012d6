/* A chosen set of indexes as recommendations: name, statements, evidence, effects with intervals, cost, risk, undo. */
#pragma once
#include "model/index_select.h"
#include "model/model.h"

struct index_advice_in {
        const struct advise_in *in;
        const struct index_choice_in *asked;
        const struct index_choice *choice;
};

void index_advice_add(const struct index_advice_in *a, struct advise_out *out);

/*
 * A name of at most 63 bytes that neither an index nor a table of the schema has, nor a change of `out` (may be NULL): table, keys, what it is
 * partial by, method. messages_match_id_where_read_at_is_null_idx
 */
const char *index_advice_name(const struct index_catalog *c, const struct index_candidate *k, const struct advise_out *out);

/* 95th percentile of statements whose times are log-normal with the given means and variations, weighed by calls. NAN without any. */
double index_mixture_p95(const double *mean_ms, const double *stddev_ms, const double *calls, size_t n);
