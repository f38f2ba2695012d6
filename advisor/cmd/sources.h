/* Source facts into a run, by the source probe through the capture engine: for analyze, audit and examples of rules. */
#pragma once
#include "probes/probe.h"
#include "store/store.h"

/*
 * Analyses the files below roots (NULL-terminated; a root may be a file) into the run. ERR_UNKNOWN when this build has no source
 * probe; otherwise what the probe says.
 */
int sources_capture(struct arena *a, struct store *store, int64_t run, const char **roots, const char **ignore, struct err *err);
