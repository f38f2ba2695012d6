#include "model/index_harvest.h"
#include "model/index_worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VISIBLE_MAX = 80, OWN_ROUNDS = 4, PLAIN_ROUNDS = 3, SHARED_ROUNDS = 10 };

static bool is_useful(const struct selector *sel, int c)
{
        return sel->useful[c];
}

static bool is_plain(const struct selector *sel, int c)
{
        return !sel->useful[c] && !selector_candidate(sel, c)->columns.include_count;
}

/* Plans take the best that they see: it is noted and hidden, until they take none. */
static void rounds(struct selector *sel, size_t s, int *visible, int count, int times)
{
        for (int round = 0; round < times && count && !sel->failed; round++) {
                const struct index_answer *a = index_ask_exactly(sel, s, (struct index_set){visible, count});
                if (a->failure || !a->used_count)
                        return;
                sel->best_gain[s] = fmax(sel->best_gain[s], index_gain_by(sel, s, a));
                int left = 0;
                for (int i = 0; i < count; i++)
                        if (index_set_has((struct index_set){a->used, a->used_count}, visible[i]))
                                sel->useful[visible[i]] = true;
                        else
                                visible[left++] = visible[i];
                for (int i = 0; i < a->used_count; i++) {
                        index_list_add(sel->in->arena, &sel->relevant[s], a->used[i]);
                        index_list_add(sel->in->arena, &sel->users[a->used[i]], (int)s);
                }
                count = left;
        }
}

static int by_number(const void *x, const void *y)
{
        return *(const int *)x - *(const int *)y;
}

static void look_at_own(struct selector *sel, size_t s)
{
        const struct index_statement *st = &sel->in->statements[s];
        int own[VISIBLE_MAX], visible[VISIBLE_MAX], n = 0, k = 0;
        for (size_t i = 0; i < st->own.len && n < VISIBLE_MAX; i++)
                own[n++] = st->own.items[i];
        qsort(own, (size_t)n, sizeof *own, by_number);
        memcpy(visible, own, (size_t)n * sizeof *own);
        rounds(sel, s, visible, n, OWN_ROUNDS);
        for (int i = 0; i < n; i++)
                if (is_plain(sel, own[i]))
                        visible[k++] = own[i];
        rounds(sel, s, visible, k, PLAIN_ROUNDS);
}

/* ── Merging ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool has(const struct index_columns *c, const char *column)
{
        for (int i = 0; i < c->key_count; i++)
                if (c->keys[i].column && !strcmp(c->keys[i].column, column))
                        return true;
        for (int i = 0; i < c->include_count; i++)
                if (!strcmp(c->include[i], column))
                        return true;
        return false;
}

static bool include(struct index_columns *c, const char *column)
{
        if (has(c, column))
                return true;
        if (c->include_count == INDEX_KEYS_MAX)
                return false;
        c->include[c->include_count++] = column;
        return true;
}

/* Both begin alike: the keys of the first, and every other column of the second beside them. */
static bool merge(const struct index_columns *first, const struct index_columns *second, struct index_columns *ret)
{
        struct index_columns m = *first;
        const struct index_key *a = &first->keys[0], *b = &second->keys[0];
        if (!a->column || !b->column || strcmp(a->column, b->column) != 0 || a->desc != b->desc || a->nulls_first != b->nulls_first)
                return false;
        for (int i = 1; i < second->key_count; i++)
                if (!second->keys[i].column || !include(&m, second->keys[i].column))
                        return false;
        for (int i = 0; i < second->include_count; i++)
                if (!include(&m, second->include[i]))
                        return false;
        *ret = m;
        return true;
}

static void share_users(struct selector *sel, int from, int to)
{
        for (size_t i = 0; i < sel->users[from].len; i++) {
                int s = sel->users[from].items[i];
                index_list_add(sel->in->arena, &sel->users[to], s);
                index_list_add(sel->in->arena, &sel->relevant[s], to);
        }
}

static int merged(struct selector *sel, int first, int second)
{
        const struct index_candidate *a = selector_candidate(sel, first), *b = selector_candidate(sel, second);
        struct index_columns both;
        if (a->table != b->table || a->special || b->special || sel->in->pool->v.len >= sel->capacity || !merge(&a->columns, &b->columns, &both))
                return -1;
        size_t before = sel->in->pool->v.len;
        int k = index_candidate_add(sel->in->catalog, a->table, &both, sel->in->pool);
        if (k >= 0 && (size_t)k == before)
                sel->write_frac[k] = index_write_load(sel->in, selector_candidate(sel, k));
        if (k >= 0 && k != first && k != second) {
                share_users(sel, first, k);
                share_users(sel, second, k);
        }
        return k;
}

int index_merged(struct selector *sel, int first, int second)
{
        if (selector_candidate(sel, first)->table != selector_candidate(sel, second)->table)
                return -1;
        if (!sel->merges)
                sel->merges = arena_alloc(sel->in->arena, INDEX_MERGES * sizeof *sel->merges);
        struct index_merge *slot = &sel->merges[((unsigned)first * 2654435761u ^ (unsigned)second * 40503u) % INDEX_MERGES];
        if (slot->first != first + 1 || slot->second != second + 1)
                *slot = (struct index_merge){first + 1, second + 1, merged(sel, first, second)};
        return slot->both;
}

/* ── Across statements ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* Useful candidates by table, so that each statement looks at those of its tables alone. */
struct shelf {
        const struct fact_table *table;
        index_list useful;
};

struct shelves {
        VEC(struct shelf) v;
};

static int by_table(const void *x, const void *y)
{
        const struct shelf *a = x, *b = y;
        return a->table < b->table ? -1 : a->table > b->table;
}

static struct shelf *shelf_of(const struct shelves *s, const struct fact_table *t)
{
        struct shelf wanted = {.table = t};
        return s->v.len ? bsearch(&wanted, s->v.items, s->v.len, sizeof *s->v.items, by_table) : NULL;
}

static void fill_shelves(struct selector *sel, struct shelves *out)
{
        const struct index_catalog *c = sel->in->catalog;
        for (size_t i = 0; i < c->tables.len; i++)
                *vec_push(sel->in->arena, &out->v) = (struct shelf){.table = c->tables.items[i]};
        if (out->v.len)
                qsort(out->v.items, out->v.len, sizeof *out->v.items, by_table);
        for (size_t k = 0; k < sel->in->pool->v.len; k++) {
                struct shelf *shelf = is_useful(sel, (int)k) ? shelf_of(out, selector_candidate(sel, (int)k)->table) : NULL;
                if (shelf)
                        *vec_push(sel->in->arena, &shelf->useful) = (int)k;
        }
}

static void look_at_shared(struct selector *sel, size_t s, const struct shelves *shelves)
{
        const struct index_statement *st = &sel->in->statements[s];
        index_list visible = {0};
        for (size_t t = 0; t < st->shape.tables.len; t++) {
                const struct shelf *shelf = st->tables[t] ? shelf_of(shelves, st->tables[t]) : NULL;
                for (size_t i = 0; shelf && i < shelf->useful.len && visible.len < VISIBLE_MAX; i++)
                        if (index_matters(st, selector_candidate(sel, shelf->useful.items[i])))
                                index_list_add(sel->in->arena, &visible, shelf->useful.items[i]);
        }
        rounds(sel, s, visible.items, (int)visible.len, SHARED_ROUNDS);
}

/* What each does by itself, unless it is known to do nothing. */
static void look_at_singles(struct selector *sel)
{
        for (int c = 0; c < (int)sel->in->pool->v.len && !sel->failed; c++)
                for (size_t k = 0; sel->useful[c] && k < sel->users[c].len; k++)
                        index_ask_exactly(sel, (size_t)sel->users[c].items[k], (struct index_set){&c, 1});
}

void index_harvest(struct selector *sel)
{
        struct shelves shelves = {0};
        for (size_t s = 0; s < sel->in->n; s++)
                if (!sel->out->before[s].failure)
                        look_at_own(sel, s);
        for (size_t k = 0; k < sel->in->need_count; k++)
                for (size_t c = 0; c < sel->in->pool->v.len; c++)
                        if (index_supports(selector_candidate(sel, (int)c), &sel->in->needs[k]))
                                sel->useful[c] = true;
        fill_shelves(sel, &shelves);
        for (size_t s = 0; s < sel->in->n; s++)
                if (!sel->out->before[s].failure)
                        look_at_shared(sel, s, &shelves);
        look_at_singles(sel);
}
