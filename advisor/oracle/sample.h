/*
 * Texts to ask the planner about with values in place of their parameters: typical, frequent and rare ones from the statistics of the columns that
 * they are compared with (lib/plan_values.h). A plan for any parameters supposes a third of the rows behind each `>` and nothing of skew;
 * applications that send their constants in the text, and drivers that prepare, get plans for the values until a generic one looks as cheap.
 * Values are in memory for one run and never stored.
 */
#pragma once
#include "lib/pg.h"
#include "lib/plan_values.h"

struct sampler {
        struct arena *arena;
        struct plan_values *values;
        int asked; /* statements */
};

/*
 * `text` was prepared as `prepared`, under that search path. Fills texts with NULL where no statistics tell a value, or a parameter would be left
 * without any. Leaves the search path at pg_catalog when *ret_moved is set. Negative when the session is lost.
 */
int sample_texts(struct sampler *s, struct pg *pg, const char *prepared, const char *text, const char *path, const char *texts[VALUE_CASE_COUNT],
                 bool *ret_moved, struct err *err);
