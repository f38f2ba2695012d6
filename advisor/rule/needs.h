/* Whether the facts that a rule needs could be seen. Missing data makes a rule "unknown: why", never silent and never firing. */
#pragma once
#include "lib/sqlite.h"
#include "rule/rule.h"

struct needs;

/* Reads what the probes said over the current window (store_window). */
int needs_load(struct arena *a, struct db *db, struct needs **ret_needs, struct err *err);
/* NULL when the rule can run, else why not, with the remedy in brackets. */
const char *needs_missing(struct needs *needs, const struct rule *rule);
/* What was denied or unknown for some of the targets while others can be judged, or NULL. */
const char *needs_partly(struct needs *needs, const struct rule *rule);
