/*
 * The table change_set: what was recommended, applied, taken back. The folder of a change-set is the truth; this is its trace in
 * the history.
 */
#pragma once
#include "store/store.h"

/* Inserts or updates by name. run: the analysis that made it, 0 unknown. state: open, applied, rolled back. */
int store_change_set_put(struct store *s, const char *name, int64_t run, const char *path, int64_t created_us, const char *state,
                         const char *summary, struct err *err);
