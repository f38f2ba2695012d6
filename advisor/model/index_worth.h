/* What a set of indexes is worth: load taken off statements and foreign keys, less what writes and space take. */
#pragma once
#include "model/index_ask.h"

/* Whether the statement is worse off: dearer, or by the second opinion a good deal slower. ret_ratio (may be NULL): how much. */
bool index_hurts(const struct index_answer *before, const struct index_answer *after, double *ret_ratio);

/* Load that the statement loses under that plan; negative when it is hurt. */
double index_gain_by(const struct selector *sel, size_t statement, const struct index_answer *after);
double index_gain_of(struct selector *sel, size_t statement, struct index_set set);

/* Load of a statement under a plan. */
double index_load_after(const struct selector *sel, size_t statement, const struct index_answer *after);

double index_net_of(struct selector *sel, struct index_set set);
double index_bytes_of(const struct selector *sel, struct index_set set);
bool index_supports(const struct index_candidate *c, const struct index_need *need);
double index_needs_met(const struct selector *sel, struct index_set set);
double index_costs_of(const struct selector *sel, struct index_set set); /* of writes and space */
