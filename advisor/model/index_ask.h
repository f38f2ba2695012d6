/*
 * Answers of the oracle for the selector, asked for as seldom as can be. A planner that may use more never takes a dearer plan, so
 * what it took when it could see a larger set holds for each smaller one that still has all that was used.
 */
#pragma once
#include "model/index_select.h"

/* A set of candidates: sorted numbers. */
struct index_set {
        const int *items;
        int count;
};

struct index_known {
        struct index_set visible;
        struct index_answer answer;
        struct index_known *next;
};

typedef VEC(int) index_list;

/* Each set of used indexes once. */
struct index_plans {
        VEC(const struct index_answer *) v;
};

enum { INDEX_MERGES = 1 << 16 };

/* A pair that was looked at before, numbers from 1. */
struct index_merge {
        int first, second, both;
};

struct selector {
        const struct index_choice_in *in;
        struct index_choice *out;
        struct index_known **known;   /* by statement */
        struct index_plans *plans;    /* by statement: what it may do with indexes, cheapest first */
        index_list *relevant;         /* by statement: candidates that its plans can use, sorted */
        index_list *users;            /* by candidate: statements */
        double *best_gain;            /* by statement: with every candidate visible */
        double *write_frac;           /* by candidate */
        bool *banned, *useful;
        struct index_merge *merges;   /* a cache, direct mapped */
        struct index_ground *ground;  /* index_known.h */
        size_t capacity;              /* candidates that the arrays have room for */
        double load;
        double scale;                 /* the same, but no statement counts for more than all lesser ones: what small gains are measured by */
        double work_scale;            /* milliseconds that this server takes for one of the second opinion's; NAN unknown */
        struct err *err;
        int failed;                   /* an err_code once the oracle is gone */
};

static inline const struct index_candidate *selector_candidate(const struct selector *sel, int c)
{
        return &sel->in->pool->v.items[c];
}

bool index_set_has(struct index_set set, int c);
/* Adds to a sorted list unless it is there. */
void index_list_add(struct arena *a, index_list *list, int c);

/* Whether the statement can have another plan because of it. */
bool index_matters(const struct index_statement *s, const struct index_candidate *c);

/* With these visible, and none else. Asked only when nothing known tells. */
const struct index_answer *index_ask_exactly(struct selector *sel, size_t statement, struct index_set visible);

/* With the set built: only what is relevant for the statement counts. */
const struct index_answer *index_ask_built(struct selector *sel, size_t statement, struct index_set built);

/* Asked with other values than the typical ones, and not remembered. Fails where statistics tell none. */
struct index_answer index_ask_values(struct selector *sel, size_t statement, struct index_set visible, enum oracle_values values);
bool index_is_sampled(const struct index_answer *a);

/* Fills sel->out->cases for the set that was chosen (index_cases.c). */
void index_ask_cases(struct selector *sel);

/* Asks in any case (within calls_max), the whole set visible: the last look. */
const struct index_answer *index_ask_again(struct selector *sel, size_t statement, struct index_set built);
