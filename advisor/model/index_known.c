#include "model/index_known.h"
#include "model/index_worth.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* What a candidate can stand in for, itself included, as bits: surely (the same keys first), and perhaps (the same first key). */
struct stand_in {
        uint64_t *surely, *perhaps;
        size_t upto; /* size of the pool when it was filled */
};

struct index_ground {
        size_t words;
        struct stand_in *of;   /* by candidate; filled at first use */
        uint64_t *there, *other; /* of the chosen set, and of one without some members */
        double *gain;          /* by statement, under the chosen set */
        int *mark, turn;       /* by statement: touched in this turn */
        double net;
};

static bool has_column(const struct index_columns *c, const char *column)
{
        for (int i = 0; i < c->key_count; i++)
                if (c->keys[i].column && !strcmp(c->keys[i].column, column))
                        return true;
        for (int i = 0; i < c->include_count; i++)
                if (!strcmp(c->include[i], column))
                        return true;
        return false;
}

static bool same_key(const struct index_key *a, const struct index_key *b)
{
        return a->column && b->column && !strcmp(a->column, b->column) && a->desc == b->desc && a->nulls_first == b->nulls_first;
}

bool index_absorbs(const struct selector *sel, int wide, int narrow, bool surely)
{
        const struct index_candidate *w = selector_candidate(sel, wide), *n = selector_candidate(sel, narrow);
        if (wide == narrow)
                return true;
        if (w->table != n->table || w->special || n->special || !same_key(&w->columns.keys[0], &n->columns.keys[0]))
                return false;
        for (int i = 1; i < n->columns.key_count; i++)
                if (surely ? i >= w->columns.key_count || !same_key(&w->columns.keys[i], &n->columns.keys[i])
                           : !n->columns.keys[i].column || !has_column(&w->columns, n->columns.keys[i].column))
                        return false;
        for (int i = 0; i < n->columns.include_count; i++)
                if (!has_column(&w->columns, n->columns.include[i]))
                        return false;
        return true;
}

static const struct stand_in *stand_in_of(struct selector *sel, int c)
{
        struct stand_in *s = &sel->ground->of[c];
        size_t pool = sel->in->pool->v.len;
        if (!s->surely) {
                s->surely = arena_alloc(sel->in->arena, 2 * sel->ground->words * sizeof *s->surely);
                s->perhaps = s->surely + sel->ground->words;
        }
        for (size_t k = s->upto; k < pool; k++) {
                if (index_absorbs(sel, c, (int)k, true))
                        s->surely[k / 64] |= UINT64_C(1) << (k % 64);
                if (index_absorbs(sel, c, (int)k, false))
                        s->perhaps[k / 64] |= UINT64_C(1) << (k % 64);
        }
        s->upto = pool;
        return s;
}

static void collect(struct selector *sel, struct index_set set, uint64_t *there)
{
        size_t words = (sel->in->pool->v.len + 63) / 64;
        memset(there, 0, words * sizeof *there);
        for (int i = 0; i < set.count; i++) {
                const uint64_t *more = stand_in_of(sel, set.items[i])->surely;
                for (size_t w = 0; w < words; w++)
                        there[w] |= more[w];
        }
}

static bool has_bit(const uint64_t *bits, int c)
{
        return bits[c / 64] >> (c % 64) & 1;
}

static bool is_possible(struct selector *sel, const struct index_answer *a, const uint64_t *there, struct index_set added)
{
        for (int i = 0; i < a->used_count; i++) {
                bool found = has_bit(there, a->used[i]);
                for (int k = 0; k < added.count && !found; k++)
                        found = has_bit(stand_in_of(sel, added.items[k])->perhaps, a->used[i]);
                if (!found)
                        return false;
        }
        return true;
}

static double best_known(struct selector *sel, size_t s, const uint64_t *there, struct index_set added)
{
        const struct index_plans *plans = &sel->plans[s];
        for (size_t i = 0; i < plans->v.len && plans->v.items[i]->cost_pg < sel->out->before[s].cost_pg; i++)
                if (is_possible(sel, plans->v.items[i], there, added))
                        return index_gain_by(sel, s, plans->v.items[i]);
        return 0;
}

static struct index_ground *ground_of(struct selector *sel)
{
        if (sel->ground)
                return sel->ground;
        struct arena *a = sel->in->arena;
        struct index_ground *g = sel->ground = arena_new_of(a, struct index_ground);
        g->words = sel->capacity / 64 + 2;
        g->of = arena_alloc(a, (sel->capacity + 1) * sizeof *g->of);
        g->there = arena_alloc(a, g->words * sizeof *g->there);
        g->other = arena_alloc(a, g->words * sizeof *g->other);
        g->gain = arena_alloc(a, (sel->in->n + 1) * sizeof *g->gain);
        g->mark = arena_alloc(a, (sel->in->n + 1) * sizeof *g->mark);
        return g;
}

void index_known_from(struct selector *sel)
{
        struct index_ground *g = ground_of(sel);
        struct index_set set = {sel->out->set, sel->out->count};
        collect(sel, set, g->there);
        g->net = index_needs_met(sel, set) - index_costs_of(sel, set);
        for (size_t s = 0; s < sel->in->n; s++)
                g->net += g->gain[s] = sel->out->before[s].failure ? 0 : index_gain_of(sel, s, set);
}

/* Members of a that b has not. */
static struct index_set lacking(struct index_set a, struct index_set b, int *room)
{
        struct index_set out = {room, 0};
        for (int i = 0; i < a.count; i++)
                if (!index_set_has(b, a.items[i]))
                        room[out.count++] = a.items[i];
        return out;
}

static double change_for(struct selector *sel, struct index_set changed, const uint64_t *there, struct index_set added)
{
        struct index_ground *g = sel->ground;
        double change = 0;
        for (int i = 0; i < changed.count; i++)
                for (size_t k = 0; k < sel->users[changed.items[i]].len; k++) {
                        int s = sel->users[changed.items[i]].items[k];
                        if (g->mark[s] == g->turn)
                                continue;
                        g->mark[s] = g->turn;
                        double gain = best_known(sel, (size_t)s, there, added);
                        change += (there == g->there ? fmax(gain, g->gain[s]) : gain) - g->gain[s];
                }
        return change;
}

double index_known_net(struct selector *sel, struct index_set set)
{
        struct index_ground *g = sel->ground;
        struct index_set chosen = {sel->out->set, sel->out->count};
        int room[2 * INDEX_SET_MAX], gone[2 * INDEX_SET_MAX];
        struct index_set added = lacking(set, chosen, room), removed = lacking(chosen, set, gone);
        const uint64_t *there = g->there;
        if (removed.count) {
                collect(sel, set, g->other);
                there = g->other;
        }
        g->turn++;
        double net = g->net + index_needs_met(sel, set) - index_needs_met(sel, chosen) - index_costs_of(sel, set) + index_costs_of(sel, chosen);
        net += change_for(sel, added, there, added);
        return net + change_for(sel, removed, there, added);
}

double index_known_potential(const struct selector *sel, int c)
{
        double most = 0;
        for (size_t k = 0; k < sel->users[c].len; k++) {
                int s = sel->users[c].items[k];
                most += fmax(0, sel->best_gain[s] - sel->ground->gain[s]);
        }
        for (size_t k = 0; k < sel->in->need_count; k++)
                if (index_supports(selector_candidate(sel, c), &sel->in->needs[k]))
                        most += sel->in->needs[k].gain_frac;
        return most;
}
