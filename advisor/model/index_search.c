#include "model/index_search.h"
#include "model/index_harvest.h"
#include "model/index_known.h"
#include "model/index_worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_GAIN 0.002       /* of the load that is left */
#define WIDER_GAIN 0.00005   /* the same, when it takes no further index: a column more costs a few bytes, not a structure to keep up */
#define WRITE_MARGIN 2.0     /* an index must save this many times its own write load */

enum { MISSING_MAX = 6, ASKED_A_STEP = 4, FAILED_A_STEP = 12, ROUNDS = 3, STEPS_MAX = 4000 };

static struct index_set chosen_set(const struct selector *sel)
{
        return (struct index_set){sel->out->set, sel->out->count};
}

/* ── Sets ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* A set in its own room: sorted, so that equal sets are equal arrays. */
struct own_set {
        int items[INDEX_SET_MAX + MISSING_MAX], count;
};

static struct index_set view(const struct own_set *s)
{
        return (struct index_set){s->items, s->count};
}

static struct own_set copy(struct index_set set)
{
        struct own_set s = {.count = set.count};
        memcpy(s.items, set.items, (size_t)set.count * sizeof *s.items);
        return s;
}

static void add(struct own_set *s, int c)
{
        int i = s->count;
        if (index_set_has(view(s), c) || s->count >= INDEX_SET_MAX + MISSING_MAX)
                return;
        for (; i > 0 && s->items[i - 1] > c; i--)
                s->items[i] = s->items[i - 1];
        s->items[i] = c;
        s->count++;
}

static void drop(struct own_set *s, int c)
{
        int n = 0;
        for (int i = 0; i < s->count; i++)
                if (s->items[i] != c)
                        s->items[n++] = s->items[i];
        s->count = n;
}

void index_settle(struct selector *sel, struct index_set set)
{
        struct own_set s = copy(set);
        memcpy(sel->out->set, s.items, (size_t)s.count * sizeof *s.items);
        sel->out->count = s.count;
        sel->out->net_frac = index_net_of(sel, chosen_set(sel));
}

static int count_max(const struct selector *sel)
{
        return sel->in->count_max > 0 && sel->in->count_max < INDEX_SET_MAX ? sel->in->count_max : INDEX_SET_MAX - 1;
}

static bool is_allowed(const struct selector *sel, const struct own_set *s)
{
        for (int i = 0; i < s->count; i++)
                if (sel->banned[s->items[i]])
                        return false;
        return s->count <= count_max(sel) && index_bytes_of(sel, view(s)) <= sel->in->budget_bytes;
}

/* ── Steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct step {
        struct own_set set;
        double gain, score, bytes; /* gain: known, then asked for */
        int order;                 /* equal steps keep the order in which they were thought of */
};

struct steps {
        VEC(struct step) v;
        double power, bytes_now;
};

static double least_gain(const struct selector *sel, const struct own_set *s)
{
        double left = fmin(sel->scale, fmax(sel->load - fmax(sel->out->net_frac, 0), 0.1 * sel->scale)), write = 0;
        for (int i = 0; i < s->count; i++)
                if (!index_set_has(chosen_set(sel), s->items[i]))
                        write += sel->write_frac[s->items[i]];
        bool wider = sel->out->count && s->count <= sel->out->count;
        return fmax((wider ? WIDER_GAIN : MIN_GAIN) * left, WRITE_MARGIN * write) - write;
}

static double score_of(const struct steps *steps, double gain, double bytes)
{
        return gain / pow(fmax(bytes, 1 << 20), steps->power);
}

static void think_of(struct selector *sel, struct steps *steps, const struct own_set *set)
{
        if (!is_allowed(sel, set) || steps->v.len >= STEPS_MAX)
                return;
        struct step s = {.set = *set, .gain = index_known_net(sel, view(set)) - sel->out->net_frac, .bytes = index_bytes_of(sel, view(set)) - steps->bytes_now,
                         .order = (int)steps->v.len};
        s.score = score_of(steps, s.gain, s.bytes);
        if (s.gain >= 0.7 * least_gain(sel, set))
                *vec_push(sel->in->arena, &steps->v) = s;
}

/* Instead of one more index, a member that begins like it may be widened. */
static void think_of_wider(struct selector *sel, struct steps *steps, const struct own_set *set, int c)
{
        for (int i = 0; i < set->count; i++) {
                int member = set->items[i];
                if (member == c || selector_candidate(sel, member)->table != selector_candidate(sel, c)->table)
                        continue;
                int pairs[2] = {index_merged(sel, member, c), index_merged(sel, c, member)};
                for (int k = 0; k < 2; k++) {
                        struct own_set wider = *set;
                        if (pairs[k] < 0 || pairs[k] == member || (k && pairs[1] == pairs[0]))
                                continue;
                        drop(&wider, member);
                        drop(&wider, c);
                        add(&wider, pairs[k]);
                        think_of(sel, steps, &wider);
                }
        }
}

/* All that a known plan lacks: join partners often pay together only. */
static void think_of_plan(struct selector *sel, struct steps *steps, const struct index_answer *a)
{
        struct own_set set = copy(chosen_set(sel));
        int before = set.count;
        if (a->used_count < 2 || a->used_count > MISSING_MAX)
                return;
        for (int i = 0; i < a->used_count; i++)
                add(&set, a->used[i]);
        if (set.count - before < 2)
                return;
        think_of(sel, steps, &set);
        struct own_set merged = copy(chosen_set(sel));
        for (int i = 0; i < a->used_count; i++) {
                int wider = -1, member = -1;
                for (int k = 0; k < merged.count && wider < 0; k++)
                        if ((wider = index_merged(sel, merged.items[k], a->used[i])) >= 0)
                                member = merged.items[k];
                if (wider >= 0)
                        drop(&merged, member);
                add(&merged, wider >= 0 ? wider : a->used[i]);
        }
        think_of(sel, steps, &merged);
}

static void think(struct selector *sel, struct steps *steps)
{
        size_t pool = sel->in->pool->v.len;
        for (int c = 0; c < (int)pool; c++) {
                struct own_set set = copy(chosen_set(sel));
                if (!sel->useful[c] || sel->banned[c] || index_set_has(chosen_set(sel), c) || index_known_potential(sel, c) < 0.7 * least_gain(sel, &set))
                        continue;
                think_of_wider(sel, steps, &set, c);
                add(&set, c);
                think_of(sel, steps, &set);
        }
        for (size_t s = 0; s < sel->in->n; s++)
                for (size_t i = 0; i < sel->plans[s].v.len; i++)
                        if (index_gain_by(sel, s, sel->plans[s].v.items[i]) > 0)
                                think_of_plan(sel, steps, sel->plans[s].v.items[i]);
}

static int by_score(const void *x, const void *y)
{
        const struct step *a = x, *b = y;
        if (a->score != b->score)
                return a->score < b->score ? 1 : -1;
        return a->order - b->order;
}

/* The best few of what is known are asked for; the best of what was answered wins. NULL when none is good enough. */
static const struct step *best_step(struct selector *sel, struct steps *steps)
{
        const struct step *best = NULL;
        int good = 0, bad = 0;
        if (steps->v.len)
                qsort(steps->v.items, steps->v.len, sizeof *steps->v.items, by_score);
        for (size_t i = 0; i < steps->v.len && good < ASKED_A_STEP && bad < FAILED_A_STEP && !sel->failed && !sel->out->cut_short; i++) {
                struct step *s = &steps->v.items[i];
                if (best && s->score < 0.5 * best->score)
                        break;
                s->gain = index_net_of(sel, view(&s->set)) - sel->out->net_frac;
                s->score = score_of(steps, s->gain, s->bytes);
                bool enough = s->gain >= least_gain(sel, &s->set);
                *(enough ? &good : &bad) += 1;
                if (enough && (!best || s->score > best->score))
                        best = s;
        }
        return best;
}

void index_grow(struct selector *sel, double power)
{
        while (sel->out->count < count_max(sel) && !sel->failed && !sel->out->cut_short) {
                index_known_from(sel);
                struct steps steps = {.power = power, .bytes_now = index_bytes_of(sel, chosen_set(sel))};
                think(sel, &steps);
                const struct step *best = best_step(sel, &steps);
                if (!best)
                        return;
                index_settle(sel, view(&best->set));
        }
}

/* ── Exchanges ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What a byte is worth: the least that any member earns by each of its own. */
static double price_of_byte(struct selector *sel)
{
        double price = INFINITY, now = index_known_net(sel, chosen_set(sel));
        for (int i = 0; i < sel->out->count; i++) {
                struct own_set rest = copy(chosen_set(sel));
                drop(&rest, sel->out->set[i]);
                price = fmin(price, (now - index_known_net(sel, view(&rest))) / selector_candidate(sel, sel->out->set[i])->size_bytes);
        }
        bool tight = index_bytes_of(sel, chosen_set(sel)) > 0.8 * sel->in->budget_bytes;
        return sel->out->count && price > 0 && tight ? price : 0;
}

struct exchange {
        struct own_set set;
        double worth;
};

static void weigh(struct selector *sel, const struct own_set *set, double price, struct exchange *best)
{
        double now = index_bytes_of(sel, chosen_set(sel));
        if (!is_allowed(sel, set))
                return;
        double worth = index_known_net(sel, view(set)) - sel->out->net_frac + price * (now - index_bytes_of(sel, view(set)));
        if (worth > best->worth)
                *best = (struct exchange){*set, worth};
}

static bool may_replace(const struct selector *sel, int c, int member, double price, double bar)
{
        const struct index_candidate *a = selector_candidate(sel, c), *b = selector_candidate(sel, member);
        return a->table == b->table && sel->users[c].len && !sel->banned[c] && !index_set_has(chosen_set(sel), c) &&
               index_known_potential(sel, c) + price * (b->size_bytes - a->size_bytes) > bar;
}

/* A member goes, gives way to another on its table, or is made one with another member. */
static void weigh_all(struct selector *sel, double price, struct exchange *best)
{
        int pool = (int)sel->in->pool->v.len;
        for (int i = 0; i < sel->out->count; i++) {
                struct own_set rest = copy(chosen_set(sel));
                int member = sel->out->set[i];
                drop(&rest, member);
                weigh(sel, &rest, price, best);
                for (int c = 0; c < pool; c++)
                        if (may_replace(sel, c, member, price, best->worth)) {
                                struct own_set other = rest;
                                add(&other, c);
                                weigh(sel, &other, price, best);
                        }
                for (int k = 0; k < sel->out->count; k++) {
                        int both = k == i ? -1 : index_merged(sel, member, sel->out->set[k]);
                        struct own_set fused = rest;
                        drop(&fused, sel->out->set[k]);
                        if (both >= 0)
                                add(&fused, both);
                        if (both >= 0)
                                weigh(sel, &fused, price, best);
                }
        }
}

static bool exchange(struct selector *sel)
{
        index_known_from(sel);
        double price = price_of_byte(sel), bytes = index_bytes_of(sel, chosen_set(sel)), least = MIN_GAIN * sel->scale / 4;
        struct exchange best = {.worth = least};
        weigh_all(sel, price, &best);
        if (best.worth <= least)
                return false;
        double net = index_net_of(sel, view(&best.set));
        double worth = net - sel->out->net_frac + price * (bytes - index_bytes_of(sel, view(&best.set)));
        if (worth > least)
                index_settle(sel, view(&best.set));
        return true; /* asked, so that what is known has changed, and another may look better now */
}

static void improve(struct selector *sel)
{
        struct index_choice best = *sel->out;
        for (int round = 0; round < ROUNDS && !sel->failed && !sel->out->cut_short; round++) {
                for (int i = 0; i < 2 * INDEX_SET_MAX && exchange(sel); i++)
                        ;
                index_grow(sel, 0.5);
                index_grow(sel, 0);
                if (sel->out->net_frac <= best.net_frac * (1 + 1e-9))
                        break;
                best = *sel->out;
        }
        if (best.net_frac > sel->out->net_frac)
                index_settle(sel, (struct index_set){best.set, best.count});
}

/* A BRIN index on the column that a plain B-tree begins with: small, and nothing is left for it to do. */
static bool outdoes_brin(const struct index_candidate *a, const struct index_candidate *b)
{
        size_t n = strlen(b->text) - 1;
        return a->table == b->table && !a->special && b->method && !strcmp(b->method, "brin") && !strncmp(a->text, b->text, n) && strchr(",) ", a->text[n]);
}

static bool covers(const struct index_candidate *a, const struct index_candidate *b)
{
        return outdoes_brin(a, b) || (a->table == b->table && !a->special && !b->special && index_columns_cover(&a->columns, &b->columns));
}

/* A member that begins like another: the planner finds the smaller one a little cheaper, but each row written pays for both, and the next advice
 * would be to drop it. */
static bool drop_redundant(struct selector *sel)
{
        for (int i = 0; i < sel->out->count; i++)
                for (int k = 0; k < sel->out->count; k++) {
                        struct own_set rest = copy(chosen_set(sel));
                        if (k == i || !covers(selector_candidate(sel, rest.items[k]), selector_candidate(sel, rest.items[i])))
                                continue;
                        drop(&rest, rest.items[i]);
                        index_settle(sel, view(&rest));
                        return true;
                }
        return false;
}

void index_regrow(struct selector *sel)
{
        index_grow(sel, 0.5);
        while (!sel->failed && drop_redundant(sel))
                ;
}

/* By gain per byte the small ones come first, which leaves room unused at times; by gain alone the large ones fill it. */
void index_search(struct selector *sel)
{
        static const double powers[] = {1, 0.75, 0.5};
        struct index_choice best = {0};
        for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
                sel->out->count = 0;
                sel->out->net_frac = 0;
                index_grow(sel, powers[i]);
                improve(sel);
                if (!i || sel->out->net_frac > best.net_frac)
                        best = *sel->out;
        }
        index_settle(sel, (struct index_set){best.set, best.count});
        while (!sel->failed && drop_redundant(sel))
                ;
}
