/*
 * perfadvise.yaml (design.md, section 5), with the origin of what it says.
 *
 * Trusted configuration is --config FILE, the system or the user file; a merely discovered ./perfadvise.yaml names targets
 * and objectives, but `apply`, `notify` and warm commands from it are refused (config->trusted is false).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "probes/probe.h"

#include <stdbool.h>

/* The six figures of design.md section 1, in the order in which they are shown. */
enum figure_id { FIGURE_DB_P95, FIGURE_POOL_WAIT, FIGURE_CACHE_HIT, FIGURE_START, FIGURE_MEMORY, FIGURE_IPC, FIGURE_COUNT };

struct figure_spec {
        const char *name;  /* db_p95_ms: the key in JSON and in objectives: */
        const char *title; /* "database response p95" */
        const char *unit;  /* ms s frac */
        double target;     /* default */
        bool more_is_better;
};
extern const struct figure_spec figure_specs[FIGURE_COUNT];

struct rule_override {
        const char *rule;    /* rule id */
        const char *glob;    /* of subjects, or NULL for all */
        const char *name;    /* level or parameter: wait_ms, warning.wait_ms, ignore, severity */
        const char *value;
};

/* What a file or folder wants of a rule: it can silence it, or set its severity. */
struct path_setting {
        const char *glob;    /* of paths, relative to config->dir */
        const char *rule;    /* id, kind, family ("code.*") or "*" */
        bool ignore;
        const char *severity; /* or NULL */
        int line, col;       /* in the configuration */
};

struct config {
        const char *path;   /* the file, or NULL: defaults */
        const char *dir;    /* folder that relative paths in it are relative to; "." without a file */
        bool trusted;

        const char **source_roots, **source_ignore; /* NULL-terminated, absolute; never NULL */
        const char *source_baseline; /* absolute, or NULL */
        bool source_tests;  /* test files too */
        VEC(struct probe_target) targets;
        const char *events_listen; /* unix:/path or udp:host:port, or NULL */
        double objectives[FIGURE_COUNT];

        double probe_load;         /* limits.probe_load, fraction of one core */
        int64_t index_budget_bytes;
        int index_count;            /* new indexes in one round of advice; more are named as next */
        double warm_qps;
        double deploy_surge;       /* processes during a deploy over the usual, 1..4 */

        const char **apply_roots;  /* NULL-terminated, absolute; empty: apply refuses files */
        bool apply_postgres, apply_redis, apply_pgbouncer;
        const char *apply_crontab; /* the crontab file that cron_line edits, or NULL */
        const char *apply_schedule_dir; /* where warming schedules are written, or NULL */
        const char *warm_command;  /* command line of the application's own warmer, for the schedules, or NULL */
        const char *warm_dir;      /* folder in which it runs; the configuration's own when not set */
        const char *program;       /* this program, for lines that run it later: absolute once app_config() ran, else "perfadvise" */

        int64_t audit_keep_us, audit_keep_raw_us; /* whole runs; the samples of captures */
        bool privacy_literals;
        const char **rule_dirs;    /* extra rule folders, trusted configuration only */
        VEC(struct rule_override) overrides;
        VEC(struct path_setting) path_settings; /* the last that matches counts */
        const char *state;         /* state folder, or NULL */
};

/* Defaults of design.md. */
struct config *config_default(struct arena *a);
/* ERR_CONFIG with file, line and column for anything unknown or out of range; never falls back. */
int config_load(struct arena *a, const char *path, bool trusted, struct config **ret_config, struct err *err);
const struct probe_target *config_target_of_kind(const struct config *c, const char *kind);
