/*
 * A probe observes one kind of target and emits records; it never writes to the target.
 *
 * The capture engine (probes/engine.c) is one poll loop over all probes of all targets. No call may block: a probe that
 * waits for the network returns, says so by fds(), and goes on in on_fd(). Life of a probe:
 *
 *      open -> step (first snapshot) -> step, step, ... at its own rate -> finish -> step ... until due() says PROBE_DONE -> close
 *
 * One failing target never loses the others: an error ends this probe with a named outcome, what it committed before stays.
 * A probe is one file (or folder) and one row in probes.def: PROBE(redis) declares `extern const struct probe probe_redis`.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "probes/record.h"

#include <poll.h>
#include <stdbool.h>

struct probe_target {
        const char *name;       /* key under targets: in perfadvise.yaml */
        const char *kind;       /* postgres pgbouncer redis supervisor systemd pidfile command host events source */
        const char *dsn;        /* conninfo, URL, path or pattern */
        int replicas;           /* postgres: standbys that should stream from it; 0 nobody said */
        const char **roots;     /* source: NULL-terminated list of directories */
        const char **ignore;    /* source: NULL-terminated list of globs, relative to the root */
        bool tests;             /* source: look into test files too */
        const struct fs_overlay *overlay; /* source: stands in for one file, or NULL */
        struct work *walked;    /* source: a walk of these roots that was made just now, or NULL; borrowed, and used up */
        struct db *cache;       /* source: where what was found in files is kept; NULL: nowhere */
};

struct probe_env {
        const struct probe_target *target;
        struct sink *sink;
        struct arena *arena;    /* lives as long as the capture */
        int64_t duration_us;    /* 0: one round */
        int64_t every_us;       /* distance of samples; 0: the probe's own */
        int64_t budget_us;      /* wall clock allowed after finish() */
        bool explain;           /* plan captured statements (never runs them) */
        bool literals;          /* privacy.literals: keep literal values */
        void (*log)(void *arg, const char *line); /* to the user's stderr; arg is log_arg */
        void *log_arg;
};

#define PROBE_DONE INT64_MAX        /* nothing left to do */
#define PROBE_WAITING (INT64_MAX - 1) /* only on_fd() can go on */

enum { PROBE_FDS_MAX = 8 };

struct probe {
        const char *name;        /* postgres */
        const char *target_kind; /* kind of target it serves */
        const char *doc;         /* one line for `doctor` and the manual */
        int (*open)(const struct probe_env *env, void **ret_state, struct err *err);
        int64_t (*due)(void *state);   /* monotonic us at which step() wants to run, PROBE_WAITING or PROBE_DONE */
        int (*fds)(void *state, struct pollfd *fds, int max); /* fills fds, returns the count */
        int (*on_fd)(void *state, const struct pollfd *fds, int n, struct err *err);
        int (*step)(void *state, int64_t now_us, struct err *err);
        int (*finish)(void *state, struct err *err); /* the capture ends: take the closing snapshot */
        void (*close)(void *state);
};

#define PROBE(name) extern const struct probe probe_##name;
#include "probes/probes.def"
#undef PROBE

extern const struct probe *const probe_all[]; /* NULL-terminated, in the order of probes.def */
const struct probe *probe_for_kind(const char *target_kind);
