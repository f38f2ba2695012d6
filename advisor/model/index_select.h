/*
 * Which of the candidates to build: all statements at once, weighed by calls x mean time, against what each index costs in
 * writes and space.
 *
 *      harvest   what the planner takes when it may take all of a statement's candidates, then all but those, until it takes none
 *      merge     indexes that begin alike into one that serves both
 *      grow      greedy with lazy re-evaluation (Leskovec et al. 2007, CELF), by gain, by gain per byte and in between
 *      swap      one for another or for none, where the whole gets better
 *      avoid     every statement is looked at once more; what makes one dearer, or slower by the second opinion, is taken out
 *
 * Deterministic; good early, better later.
 */
#pragma once
#include "model/index_candidates.h"
#include "model/oracle.h"

enum { INDEX_SET_MAX = 40 };

/*
 * What the planner cannot be asked about. A foreign key whose parent loses rows: each delete reads the child whole until an index
 * supports it. Or a statement that a GIN index would serve.
 */
struct index_need {
        const struct fact_foreign_key *foreign_key; /* or NULL, then: */
        const char *definition, *statement;         /* of the index, and the queryid */
        const struct fact_table *table;
        struct index_columns columns;
        double gain_frac;  /* load that the index takes away */
        double scan_ms;    /* of the child, per delete */
        double deletes_hz;
};

struct index_choice_in {
        struct arena *arena;
        struct oracle *oracle;
        const struct index_catalog *catalog;
        const struct index_statement *statements;
        size_t n;
        struct index_candidates *pool; /* merged ones are added to it */
        const struct index_need *needs;
        size_t need_count;
        double budget_bytes;
        size_t calls_max;
        int count_max;      /* indexes; 0 is INDEX_SET_MAX */
};

/* One statement under one set. */
struct index_answer {
        double cost_pg, work_ms; /* work_ms: the second opinion, plan_work.h; NAN without */
        const char *plan_hash, *plan, *failure;
        const char *method;      /* constants sampled generic, or NULL (model/oracle.h) */
        const int *used;         /* candidates that the plan uses */
        int used_count;
};

/* The same question with other values for the parameters. */
struct index_case {
        bool known;
        struct index_answer before, after;
};

struct index_statement_cases {
        struct index_case frequent, rare;
};

/* A statement that may get slower by members that stay, since they save more. */
struct index_doubted {
        const int *members;
        int count;
        const char *text;
};

struct index_choice {
        int set[INDEX_SET_MAX];
        int count;
        struct index_answer *before, *after; /* by statement */
        struct index_statement_cases *cases; /* by statement: of those that use an index */
        double *write_frac;                  /* by candidate: load that keeping it up takes */
        double net_frac;
        VEC(const char *) avoided;           /* what was left out because it would have hurt a statement */
        VEC(struct index_doubted) doubted;   /* some of these members may have been left out later */
        VEC(const char *) unplanned;         /* statements without a plan, and why */
        size_t calls;
        bool cut_short;                      /* calls_max was reached */
};

/* ERR_TARGET when the oracle's session is lost. */
int index_choose(const struct index_choice_in *in, struct index_choice *ret_choice, struct err *err);

/* Load that an index of this kind adds: milliseconds per millisecond. */
double index_write_load(const struct index_choice_in *in, const struct index_candidate *c);
