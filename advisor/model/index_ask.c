#include "model/index_ask.h"
#include "lib/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ── Sets ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

bool index_set_has(struct index_set set, int c)
{
        int lo = 0, hi = set.count;
        while (lo < hi) {
                int mid = (lo + hi) / 2;
                if (set.items[mid] < c)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        return lo < set.count && set.items[lo] == c;
}

static bool is_within(struct index_set small, struct index_set large)
{
        int k = 0;
        if (small.count > large.count)
                return false;
        for (int i = 0; i < small.count; i++) {
                while (k < large.count && large.items[k] < small.items[i])
                        k++;
                if (k == large.count || large.items[k] != small.items[i])
                        return false;
        }
        return true;
}

void index_list_add(struct arena *a, index_list *list, int c)
{
        if (index_set_has((struct index_set){list->items, (int)list->len}, c))
                return;
        *vec_push(a, list) = c;
        for (size_t i = list->len - 1; i > 0 && list->items[i - 1] > c; i--) {
                list->items[i] = list->items[i - 1];
                list->items[i - 1] = c;
        }
}

/* ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool reads(const struct index_statement *s, int table, const char *column)
{
        for (size_t i = 0; i < s->shape.reads.len; i++)
                if (s->shape.reads.items[i].table == table && !strcmp(s->shape.reads.items[i].column, column))
                        return true;
        for (size_t i = 0; i < s->shape.conditions.len; i++)
                if (s->shape.conditions.items[i].table == table && !strcmp(s->shape.conditions.items[i].column, column))
                        return true;
        return false;
}

bool index_matters(const struct index_statement *s, const struct index_candidate *c)
{
        const char *leading = c->columns.keys[0].column;
        for (size_t t = 0; t < s->shape.tables.len; t++)
                if (s->tables[t] == c->table && (!leading || reads(s, (int)t, leading)))
                        return true;
        return false;
}

static void read_used(const struct selector *sel, const char *json, struct index_set visible, struct index_answer *answer)
{
        struct json *list = NULL;
        if (!json || !strcmp(json, "[]") || json_parse(NULL, json, strlen(json), &list, NULL) < 0)
                return;
        int *used = arena_alloc(sel->in->arena, (json_len(list) + 1) * sizeof *used), n = 0;
        for (int i = 0; i < visible.count; i++)
                for (size_t k = 0; k < json_len(list) && n < (int)json_len(list); k++)
                        if (json_as_text(json_at(list, k)) && !strcmp(json_as_text(json_at(list, k)), selector_candidate(sel, visible.items[i])->definition)) {
                                used[n++] = visible.items[i];
                                break;
                        }
        answer->used = used;
        answer->used_count = n;
        json_free(list);
}

static struct index_answer ask(struct selector *sel, const struct index_statement *s, struct index_set visible)
{
        struct oracle *o = sel->in->oracle;
        struct index_answer none = {.cost_pg = NAN, .work_ms = NAN, .failure = "the what-if session ended"};
        struct oracle_answer given = {.cost_pg = NAN, .work_ms = NAN};
        if (sel->failed)
                return none;
        if (sel->out->calls >= sel->in->calls_max) {
                sel->out->cut_short = true;
                return none;
        }
        struct oracle_index indexes[visible.count + 1];
        for (int i = 0; i < visible.count; i++) {
                const struct index_candidate *c = selector_candidate(sel, visible.items[i]);
                indexes[i] = (struct oracle_index){.definition = c->definition, .height = c->height};
        }
        int r = o->set_indexes(o->arg, indexes, (size_t)visible.count, sel->err);
        if (r == 0)
                r = o->cost(o->arg, s->fact->queryid, s->query, &given, sel->err);
        sel->out->calls++;
        if (r < 0) {
                sel->failed = r;
                return none;
        }
        struct index_answer answer = {.cost_pg = given.cost_pg, .work_ms = given.work_ms, .plan_hash = given.plan_hash ? given.plan_hash : "",
                                      .plan = given.plan, .failure = given.failure, .method = given.method};
        read_used(sel, given.used, visible, &answer);
        const struct index_answer *before = &sel->out->before[s - sel->in->statements];
        if (o->values == ORACLE_TYPICAL && visible.count && before->cost_pg > 0 && answer.cost_pg > before->cost_pg && given.raw_cost_pg > 0 && given.raw_cost_pg <= before->cost_pg)
                return *before; /* only cheaper as long as the index has no height: the plan stays */
        return answer;
}

struct index_answer index_ask_values(struct selector *sel, size_t statement, struct index_set visible, enum oracle_values values)
{
        sel->in->oracle->values = values;
        struct index_answer answer = ask(sel, &sel->in->statements[statement], visible);
        sel->in->oracle->values = ORACLE_TYPICAL;
        return answer;
}

bool index_is_sampled(const struct index_answer *a)
{
        return a->method && !strcmp(a->method, "sampled");
}

/* ── What is known ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct index_set kept(const struct selector *sel, struct index_set set)
{
        int *items = arena_alloc(sel->in->arena, ((size_t)set.count + 1) * sizeof *items);
        if (set.count)
                memcpy(items, set.items, (size_t)set.count * sizeof *items);
        return (struct index_set){items, set.count};
}

static const struct index_answer *known_for(const struct selector *sel, size_t statement, struct index_set visible)
{
        for (struct index_known *k = sel->known[statement]; k; k = k->next)
                if (is_within((struct index_set){k->answer.used, k->answer.used_count}, visible) && is_within(visible, k->visible))
                        return &k->answer;
        return NULL;
}

static bool same_use(const struct index_answer *a, const struct index_answer *b)
{
        return a->used_count == b->used_count && !memcmp(a->used, b->used, (size_t)a->used_count * sizeof *a->used);
}

static void note_plan(struct selector *sel, size_t statement, const struct index_answer *answer)
{
        struct index_plans *plans = &sel->plans[statement];
        if (!answer->used_count || isnan(answer->cost_pg))
                return;
        for (size_t i = 0; i < plans->v.len; i++)
                if (same_use(plans->v.items[i], answer))
                        return;
        *vec_push(sel->in->arena, &plans->v) = answer;
        for (size_t i = plans->v.len - 1; i > 0 && plans->v.items[i - 1]->cost_pg > answer->cost_pg; i--) {
                plans->v.items[i] = plans->v.items[i - 1];
                plans->v.items[i - 1] = answer;
        }
}

static const struct index_answer *keep(struct selector *sel, size_t statement, struct index_set visible, const struct index_answer *answer)
{
        struct index_known *k = arena_new_of(sel->in->arena, struct index_known);
        *k = (struct index_known){.visible = kept(sel, visible), .answer = *answer, .next = sel->known[statement]};
        if (answer->failure == NULL || !sel->out->cut_short)
                sel->known[statement] = k;
        note_plan(sel, statement, &k->answer);
        return &k->answer;
}

const struct index_answer *index_ask_exactly(struct selector *sel, size_t statement, struct index_set visible)
{
        const struct index_answer *known = known_for(sel, statement, visible);
        if (known)
                return known;
        struct index_answer answer = ask(sel, &sel->in->statements[statement], visible);
        return keep(sel, statement, visible, &answer);
}

static void learn(struct selector *sel, size_t statement, const struct index_answer *answer)
{
        for (int i = 0; i < answer->used_count; i++) {
                index_list_add(sel->in->arena, &sel->relevant[statement], answer->used[i]);
                index_list_add(sel->in->arena, &sel->users[answer->used[i]], (int)statement);
        }
}

static struct index_set relevant_part(const struct selector *sel, size_t statement, struct index_set built, int *room)
{
        struct index_set all = {sel->relevant[statement].items, (int)sel->relevant[statement].len}, some = {room, 0};
        for (int i = 0; i < built.count; i++)
                if (index_set_has(all, built.items[i]))
                        room[some.count++] = built.items[i];
        return some;
}

const struct index_answer *index_ask_again(struct selector *sel, size_t statement, struct index_set built)
{
        int room[INDEX_SET_MAX];
        struct index_answer answer = ask(sel, &sel->in->statements[statement], built);
        learn(sel, statement, &answer);
        return keep(sel, statement, relevant_part(sel, statement, built, room), &answer);
}

const struct index_answer *index_ask_built(struct selector *sel, size_t statement, struct index_set built)
{
        int room[INDEX_SET_MAX];
        const struct index_answer *known = known_for(sel, statement, relevant_part(sel, statement, built, room));
        return known ? known : index_ask_again(sel, statement, built);
}
