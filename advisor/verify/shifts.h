/* Series whose level has moved: reads the points of the history (store/series.h), asks model/shift.h, keeps the answers for the rules (fact_shift). */
#pragma once
#include "base/arena.h"
#include "store/store.h"

/*
 * Brings the series up to date and judges all that the newest capture has a point of. Writes series_shift, series_state and the state of fact_shift
 * for `run`. Cost: about 0.2 ms a series.
 */
int shifts_find(struct arena *a, struct store *s, int64_t run, struct err *err);
