/*
 * The answer to "which size?" for every pool of the fleet, whether a rule asks for a change or not: the size now, the size advised and its
 * interval, the curve of predictions, and what would make it wrong. Command `pools` shows it; pool_size advises by the same numbers.
 */
#pragma once
#include "change/change.h"
#include "model/model.h"
#include "model/pool_plan.h"

struct pool_answer {
        const char *subject;
        const char *title;    /* "7 connections of each process (5 .. 8), now 24" */
        const char *unknown;  /* why there is none, or NULL */
        VEC(struct evidence) lines;
        VEC(const char *) wrong; /* what would make it wrong */
        struct curve curve;   /* what people look at */
        struct curve all;     /* every size up to where nothing changes any more */
        int want_lo, want_hi, knee; /* by need: at the lower and upper end of the load; where latency stops to fall */
        double offered, error_frac;
};

struct pool_answers {
        VEC(struct pool_answer) items;
        bool pooler_known;
        struct pool_answer pooler;  /* one shared pooler instead of the direct pools */
        double pooler_instead_of;   /* connections of these, as advised */
        VEC(struct evidence) fleet; /* idle in transaction first, then the database, then the budget */
};

/* in->rows may be empty. */
void pool_answers(const struct advise_in *in, struct pool_answers *ret);

/* The sizes around the advised one, the present one, and those where the load does not fit. */
struct curve pool_answer_curve(struct arena *a, const struct pool_need *need, const char *subject, int now, int advised);
