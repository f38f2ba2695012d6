/* The heart of index advice without the rules around it: for the bench and for tests. */
#pragma once
#include "model/index_select.h"

struct index_looked {
        struct index_choice_in asked;
        struct index_choice choice;
};

/* All statements of the facts propose. ERR_TARGET when the oracle's session is lost. */
int index_look(struct arena *a, const struct facts *facts, struct oracle *oracle, double budget_bytes, struct index_looked *ret_looked, struct err *err);
