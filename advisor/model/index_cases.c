/*
 * The chosen set under other values of the parameters. The search asks with typical values alone; an index that serves those may be left aside for
 * a value that half of the rows have, and serve a rare one better than was counted. Said with the recommendation, and part of its interval.
 */
#include "model/index_ask.h"

#include <math.h>

enum { STATEMENTS_MAX = 200 };

static void ask_case(struct selector *sel, size_t s, enum oracle_values values, struct index_case *ret)
{
        struct index_set none = {0}, all = {sel->out->set, sel->out->count};
        ret->before = index_ask_values(sel, s, none, values);
        if (!ret->before.failure)
                ret->after = index_ask_values(sel, s, all, values);
        ret->known = !ret->before.failure && !ret->after.failure && ret->before.cost_pg > 0 && ret->after.cost_pg > 0;
}

void index_ask_cases(struct selector *sel)
{
        sel->out->cases = arena_alloc(sel->in->arena, (sel->in->n + 1) * sizeof *sel->out->cases);
        int asked = 0;
        for (size_t s = 0; s < sel->in->n && asked < STATEMENTS_MAX && !sel->failed; s++) {
                const struct index_answer *after = &sel->out->after[s];
                if (after->failure || !after->used_count || !index_is_sampled(after))
                        continue;
                ask_case(sel, s, ORACLE_FREQUENT, &sel->out->cases[s].frequent);
                ask_case(sel, s, ORACLE_RARE, &sel->out->cases[s].rare);
                asked++;
        }
}
