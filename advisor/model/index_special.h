/*
 * Candidates that are no plain B-trees: of expressions, with the operator classes of patterns, partial, BRIN; and GIN, which no what-if
 * tool can price, so that their gain is an own formula and called one (docs/models/index_gain.md).
 */
#pragma once
#include "model/index_select.h"

typedef VEC(struct index_need) index_needs;

/* Appends the candidates as the statement's own, and needs that GIN indexes would meet. */
void index_special_add(const struct index_catalog *c, struct index_statement *s, struct index_candidates *out, index_needs *needs);
