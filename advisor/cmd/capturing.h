/* What `capture`, `doctor` and `audit` share: the list of targets, and a run of the engine into a store. */
#pragma once
#include "cmd/cmd.h"
#include "probes/engine.h"
#include "store/store.h"

struct capturing {
        struct app *app;
        struct store *store;
        int64_t run;
        int64_t duration_us, every_us;
        VEC(struct probe_target) targets;
        struct capture_result *results; /* as many as targets, after capturing_run */
        struct err store_err;           /* the first failure to record an outcome */
        size_t ok, partial, failed;
        int64_t wall_us;
        int stopped_by;                 /* the signal that ended it early, or 0 */
};

/*
 * The configured targets, and those that need no configuration: the host, the event listener when events.listen is set,
 * the source when source.roots is. `only` (NULL-terminated, may be NULL) keeps the named ones; ERR_USAGE for an unknown name.
 */
int capturing_targets(struct capturing *c, const char **only, struct err *err);

/* Runs the engine with a progress line; SIGINT, SIGTERM and SIGHUP end it early but cleanly. c->run must have begun. */
int capturing_run(struct capturing *c, struct err *err);

/* "ok", "partial" or "failed": of the run as a whole. */
const char *capturing_outcome(const struct capturing *c);

/* ERR_TARGET (or a graver code) naming the first target that failed; 0 when none did. */
int capturing_verdict(const struct capturing *c, struct err *err);

/* Ends the program by the signal that ended the capture, so that the caller sees 128+n; returns when there was none. */
void capturing_die_by_signal(const struct capturing *c);
