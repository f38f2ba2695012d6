/*
 * The capture engine: one poll loop over all probes of all targets (contract in probes/probe.h).
 *
 * It knows no store: sinks come from the caller, outcomes go back to it. One failing target ends with a named outcome and
 * never loses the others; what it committed before stays.
 *
 *      open -> wait for due() or fds() -> step() / on_fd() ... -> duration is over, or *stop -> finish() -> ... PROBE_DONE -> close
 *
 * With duration 0 a probe is finished right after its first step: one round. finish() is never called twice, and a probe that
 * is not done within finish_budget_us after it is closed with the outcome `partial`.
 */
#pragma once
#include "probes/probe.h"

#include <signal.h>

enum capture_outcome { CAPTURE_OK, CAPTURE_PARTIAL, CAPTURE_FAILED };
extern const char *const capture_outcome_names[]; /* as in the history: ok partial failed */

struct capture_result {
        const struct probe_target *target;
        const struct probe *probe; /* NULL: no probe serves this kind */
        enum capture_outcome outcome;
        struct err err;            /* why it is not ok */
        int64_t wall_us, cpu_us;   /* from open to close; CPU of this thread within the probe's calls */
        int64_t steps, records;
};

struct capture_spec {
        const struct probe_target *targets;
        size_t target_count;
        int64_t duration_us;         /* 0: one round */
        int64_t every_us;            /* 0: each probe's own */
        int64_t finish_budget_us;    /* 0: 30 s */
        bool explain, literals;
        const volatile sig_atomic_t *stop; /* nonzero ends the capture early but cleanly; may be NULL */
        void *arg;                   /* for all callbacks */
        struct sink *(*sink_for)(void *arg, const struct probe_target *target);
        void (*done)(void *arg, const struct capture_result *result);  /* once per target, as soon as it is over; may be NULL */
        void (*progress)(void *arg, int64_t elapsed_us, size_t running, int64_t records); /* about once a second; may be NULL */
        void (*log)(void *arg, const char *line); /* may be NULL */
        const struct probe *(*probe_for)(const char *kind); /* NULL: probe_for_kind */
};

/* Fills results[target_count]. Never fails as a whole: look at the outcomes. */
void capture_run(struct arena *a, const struct capture_spec *spec, struct capture_result *results);
