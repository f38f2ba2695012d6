/*
 * Numbers into changes: a value in source or configuration is replaced when its exact bytes are known, and never otherwise.
 */
#pragma once
#include "model/model.h"

/*
 * The change that writes `number` where `v` stands, into *ret; false when nothing can be written there: v is NULL, unresolved,
 * without bytes, or its bytes are not the plain number (then *ret_why says what a person must do). `library_knob` names the
 * argument for people ("pool_size").
 */
bool pool_change_value(struct arena *a, const struct fact_value *v, const char *library_knob, int number, bool raises,
                       const char *restart, struct change *ret, const char **ret_why);

/* Whether a plain number stands where `v` says. */
bool pool_value_writable(const struct fact_value *v);

struct evidence *pool_evidence(struct arena *a, struct recommendation *rec, const char *label, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

/* "1: 48 ms, 2: 6.1 ms, [3]: 0.4 ms, 4: 0": predicted p95 waits around the advised size, which stands in brackets. */
struct pool_need;
const char *pool_curve_text(struct arena *a, const struct pool_need *need, int advised);

/* "120 waits a second, +- 4 %": the sampling error of a need, and how much longer a capture would have to be for 5 %. */
const char *pool_error_text(struct arena *a, const struct pool_need *need, double window_s);
