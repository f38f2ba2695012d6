/* Why a statement that asks for an index gets no candidate at all, where that is nothing about the statement: views, foreign tables, rights. */
#pragma once
#include "model/index_candidates.h"

/* NULL when there is nothing to tell. `proposed`: it was asked for candidates already. */
const char *index_unserved_why(const struct index_catalog *c, const struct index_statement *s, bool proposed);
