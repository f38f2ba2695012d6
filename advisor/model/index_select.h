/*
 * Which of the candidates to build: all statements at once, weighed by calls x mean time, against what each index costs in
 * writes and space. Greedy with lazy re-evaluation (Leskovec et al. 2007, CELF), then swaps and drops; then every statement
 * is looked at once more under the set, and what makes one dearer is taken out. Deterministic; good early, better later.
 */
#pragma once
#include "model/index_candidates.h"
#include "model/oracle.h"

enum { INDEX_SET_MAX = 6 };

/* A foreign key whose parent loses rows: each delete reads the child whole until an index supports it. */
struct index_need {
        const struct fact_foreign_key *foreign_key;
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
        const struct index_candidate *candidates;
        size_t candidate_count;
        const struct index_need *needs;
        size_t need_count;
        double budget_bytes;
        size_t calls_max;
};

/* One statement under one set. */
struct index_answer {
        double cost_pg;
        const char *plan_hash, *plan, *failure;
        int used[INDEX_SET_MAX]; /* candidates that the plan uses */
        int used_count;
};

struct index_choice {
        int set[INDEX_SET_MAX];
        int count;
        struct index_answer *before, *after; /* by statement */
        double *write_frac;                  /* by candidate: load that keeping it up takes */
        double net_frac;
        VEC(const char *) avoided;           /* what was left out because it would have hurt a statement */
        VEC(const char *) unplanned;         /* statements without a plan, and why */
        size_t calls;
        bool cut_short;                      /* calls_max was reached */
};

/* ERR_TARGET when the oracle's session is lost. */
int index_choose(const struct index_choice_in *in, struct index_choice *ret_choice, struct err *err);

/* Load that an index of this kind adds: milliseconds per millisecond. */
double index_write_load(const struct index_choice_in *in, const struct index_candidate *c);
