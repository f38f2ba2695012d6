/*
 * The cost oracle: what would this statement cost if these indexes existed? The index selector asks it and never libpq.
 *
 * Three kinds stand behind it: live (HypoPG on a private connection; answers are recorded in the history), recorded (answers kept in
 * the history, replayable byte for byte), scripted (tests). Costs are planner units (cost_pg).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct plan;

/* What parameters of a statement are planned with: values from statistics, where there are any. */
enum oracle_values { ORACLE_TYPICAL, ORACLE_FREQUENT, ORACLE_RARE, ORACLE_VALUES_COUNT };

struct oracle_index {
        const char *definition; /* "CREATE INDEX ON public.messages USING btree (conversation_id, sent_at)" */
        const char *name;       /* set by the oracle: the name that plans show */
        double height;          /* of the B-tree above its leaves: hypothetical ones have none, and each descent is too cheap */
};

struct oracle_answer {
        double cost_pg;         /* NAN when it cannot be planned */
        double raw_cost_pg;     /* as the planner said it, hypothetical indexes without height; 0 or NAN: the same */
        double work_ms;         /* what ->weigh makes of the plan; NAN without */
        const char *plan_hash;  /* shape of the plan */
        const char *plan;       /* outline in one line, or NULL */
        const char *used;       /* JSON array: definitions of hypothetical indexes that the plan uses */
        const char *failure;    /* why it cannot be planned, or NULL */
        const char *method;     /* constants: as the text has them; sampled: with values from statistics; generic: for any parameters; NULL not told */
};

struct oracle {
        void *arg;
        const char *kind;       /* live recorded scripted */
        /* The set that counts from now on, replacing the one before. Returns 0 or a negative err_code. */
        int (*set_indexes)(void *arg, struct oracle_index *indexes, size_t n, struct err *err);
        int (*cost)(void *arg, const char *queryid, const char *query, struct oracle_answer *ret_answer, struct err *err);
        void (*close)(void *arg);
        const char *unavailable; /* why there are no answers at all ("HypoPG is not installed: CREATE EXTENSION hypopg"), or NULL */
        size_t calls;
        enum oracle_values values; /* set by whoever asks; frequent and rare ones fail where statistics tell none */
        /* A second opinion on each plan, set by whoever asks: the planner's costs are of disks, tables in memory have others. May be NULL. */
        double (*weigh)(void *arg, const struct plan *plan);
        void *weigh_arg;
};

/* No planner: every question is ERR_UNKNOWN with `why`. */
struct oracle *oracle_none(struct arena *a, const char *why);
