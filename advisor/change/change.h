/*
 * What analysis hands to actuators and outputs: findings, recommendations with their changes, and the six figures. Plain
 * data in the command's arena; pure: no clock, no randomness, no files.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum change_kind {
#define CHANGE(name, doc) CHANGE_##name,
#include "change/kinds.def"
#undef CHANGE
        CHANGE_KIND_COUNT
};
extern const char *const change_kind_names[CHANGE_KIND_COUNT]; /* "file_value", ... */
extern const char *const change_kind_docs[CHANGE_KIND_COUNT];

/* The order within a change-set (design.md, section 8); rollback runs in reverse. */
enum change_phase { PHASE_STATISTICS, PHASE_INDEX, PHASE_RAISE, PHASE_FILE, PHASE_RELOAD, PHASE_LOWER, PHASE_WARM, PHASE_COUNT };
extern const char *const change_phase_names[PHASE_COUNT];

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_COUNT };
extern const char *const severity_names[SEVERITY_COUNT];

enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH, RISK_COUNT };
extern const char *const risk_names[RISK_COUNT];

/*
 * One change. Which fields are set depends on the kind:
 *   file_value         path format key_path byte_start byte_end before after; an insertion has before "" and an anchor
 *   pgbouncer_setting  as file_value (the effective occurrence in pgbouncer.ini) with target = the pgbouncer target, key_path = key
 *   file_whole, schedule   path after (content; NULL deletes), before NULL when the file must not exist
 *   cron_line          path (crontab file) object (marker that makes the line ours) after (the line)
 *   pg_index           target object (qualified index name) forward_sql undo_sql before (definition when dropping) table
 *   pg_setting, pg_role_setting, pg_reloption, pg_statistics   target object before after forward_sql undo_sql
 *   redis_config       target path object before after
 */
struct change {
        enum change_kind kind;
        enum change_phase phase;
        const char *knob;     /* what is turned: unique over a change-set; two recommendations for one knob are an error */
        const char *target;   /* name of the target in perfadvise.yaml, or NULL */
        const char *server;   /* its identity at the time of the analysis ("system identifier/database oid"), or NULL: unknown */
        const char *path;     /* absolute */
        const char *format;   /* python yaml env ini */
        const char *key_path; /* DATABASE_CONFIG.pool_size, pgbouncer.default_pool_size, ... for people and for the re-parse */
        int line;             /* 1-based, for people */
        int64_t byte_start, byte_end;
        const char *before, *after;
        const char *anchor;   /* bytes that must stand right before byte_start, or NULL */
        const char *object, *table;
        const char *forward_sql, *undo_sql;
        const char *restart;  /* what must be restarted by the user for it to take effect, or NULL */
        bool reload;          /* the actuator reloads the server */
        double size_bytes;    /* of a new index, estimated; NAN unknown */
};

struct evidence {
        const char *label, *value;
};

/* A predicted effect on a figure or statement: "database response p95: 84 -> 6 ms (3 .. 12)". NAN is unknown. */
struct effect {
        const char *figure; /* figure_specs[].name, or a statement's mean ("statement 7f3a mean") */
        const char *unit;   /* ms s frac MB connections */
        double before, after, lo, hi;
        const char *method; /* how it was computed, short */
};

/* What is predicted of a pool at one size, milliseconds; INFINITY where the load does not fit. */
struct curve_point {
        int size;
        double wait_p50, wait_p95, wait_p99;
        double latency_p50, latency_p95, latency_p99; /* wait and hold together */
        double latency_lo, latency_hi;                /* interval of latency_p95 */
};

/* Sizes of one pool or pooler, and where it stands. */
struct curve {
        const char *subject;
        int now, advised;         /* 0: unknown, none */
        double objective_ms;      /* accepted p95 wait */
        VEC(struct curve_point) points; /* ascending */
};

/* How a finding came about: "20 connections, decided here (settings class)", with the place where there is one. */
struct trail_step {
        const char *text;
        const char *file;     /* NULL: nowhere in particular */
        int line, col;
};

/* Why a finding is not shown. */
enum quiet { QUIET_NO, QUIET_SOURCE, QUIET_CONFIG, QUIET_BASELINE, QUIET_COUNT };
extern const char *const quiet_names[QUIET_COUNT]; /* "", "source", "configuration", "baseline" */

/* A rule that fired on a subject. The key is stable: hash of rule, subject identity, discriminator; no line is part of it. */
struct finding {
        const char *key;      /* 12 hex digits */
        const char *group;    /* the key of the first of those that only their order tells apart */
        const char *rule;     /* id */
        const char *kind;     /* documented list, rule's kind: n-plus-one pool-size ... or the category */
        const char *title;
        enum severity severity;
        const char *subject;
        const char *message;
        const char *file;     /* NULL when not in source */
        int line, col;        /* 1-based, col in bytes */
        int end_line, end_col; /* where it ends, col of the byte after it; 0 unknown */
        const char *first_line, *last_line; /* the lines in which it begins and ends, NULL when they are not at hand */
        VEC(struct trail_step) trail;
        double cost_frac;     /* of the database's time in the window, 0 unknown */
        const char *cost;     /* "called 4.1 million times in the window, 38 % of the database's time", or NULL */
        VEC(struct evidence) evidence;
        const char *why, *fix, *source; /* fix: what a person does about it, or NULL */
        const char *acknowledged; /* until when and why, or NULL */
        enum quiet quiet;
        const char *quiet_why; /* the reason that somebody gave, or NULL */
        const char *note;     /* a suppression that ended, ..., or NULL */
};

struct recommendation {
        const char *key;      /* of the finding it answers */
        const char *rule;
        const char *title;    /* "create index messages_conversation_id_sent_at_idx" */
        const char *subject;
        const char *model;    /* which made it */
        VEC(struct evidence) evidence;
        VEC(struct effect) effects;
        VEC(struct curve) curves; /* not part of a change-set */
        const char *cost;     /* "212 MB, 4 % slower inserts into messages", text */
        enum risk risk;
        const char *risk_why;
        double confidence;    /* 0..1 */
        const char *undo;     /* one line for people */
        VEC(struct change) changes; /* may be empty: advice that a person must carry out */
        const char *diff;     /* what the changes do to files, where values alone do not show it; NULL. Not part of a change-set */
        double rank;          /* larger first; set by the model: share of the figure's miss that it removes */
};

struct rule_outcome {
        const char *rule;
        const char *status;   /* fired silent unknown ignored */
        const char *reason;   /* why unknown */
        int fired;
        const char *title, *category, *kind, *why, *fix, *source; /* NULL where the rule is not at hand */
        const char *ends;      /* what it is called when it fires no more, NULL: fixed */
        enum severity highest; /* that the rule can reach */
};

/* A source file that could not be looked at, or not all of it. */
struct unparsed {
        const char *file;
        int line;             /* the first that does not parse */
        const char *why;
};

/* An entry of a baseline that does not fire any more, or `fewer` times less. */
struct baseline_gone {
        const char *key, *rule, *file;
        int fewer;
};

struct figure {
        double value;         /* NAN unknown */
        double n;             /* observations behind it */
        const char *status;   /* ok, unknown */
        const char *source, *reason;
};

struct analysis {
        int64_t run;          /* of this analysis */
        struct figure figures[FIGURE_COUNT];
        VEC(struct finding) findings;               /* by severity, cost, rule, subject */
        VEC(struct finding) quiet;                  /* taken back by the source, the configuration or the baseline; not counted */
        VEC(struct unparsed) unparsed;
        struct {
                const char *path;  /* NULL: none was given */
                size_t matched;
                VEC(struct baseline_gone) gone;
        } baseline;
        VEC(struct recommendation) recommendations; /* by rank */
        VEC(struct rule_outcome) outcomes;
        VEC(struct evidence) notes;                 /* "not analysed" and other limits */
        const char *change_set; /* its name when one was written */
};

/* The stable key of a finding: first 12 hex digits of sha256(rule \0 subject \0 discriminator). discriminator may be NULL. */
const char *finding_key(struct arena *a, const char *rule, const char *subject, const char *discriminator);
/* Information on where things are decided, not a fault: pool sizes, caches, statements. One line a rule is enough for people. */
bool finding_is_inventory(const struct finding *f);
