/*
 * Statements that differ by constants, lengths of lists and roles alone, found among thousands: the ranking sorted anew, by
 * queryid and by family.
 */
#include "probes/postgres/postgres.h"

#include <stdlib.h>
#include <string.h>

/* NULL comes first. */
static int compare_texts(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int compare_ids(const void *x, const void *y)
{
        const struct pgp_statement *a = *(struct pgp_statement *const *)x, *b = *(struct pgp_statement *const *)y;
        int c = strcmp(a->queryid, b->queryid);
        return c ? c : a->rank - b->rank;
}

static int compare_kin(const struct pgp_statement *a, const struct pgp_statement *b)
{
        int c = compare_texts(a->fingerprint, b->fingerprint);
        return c ? c : compare_texts(a->tables, b->tables);
}

static int compare_families(const void *x, const void *y)
{
        const struct pgp_statement *a = *(struct pgp_statement *const *)x, *b = *(struct pgp_statement *const *)y;
        int c = compare_kin(a, b);
        return c ? c : a->rank - b->rank;
}

static struct pgp_statement **sorted(struct pgp *p, int (*compare)(const void *, const void *))
{
        struct pgp_statement **all = arena_alloc(p->arena, (p->ranked.len + 1) * sizeof *all);
        memcpy(all, p->ranked.items, p->ranked.len * sizeof *all);
        qsort(all, p->ranked.len, sizeof *all, compare);
        return all;
}

void pgp_find_families(struct pgp *p)
{
        if (!p->ranked.len)
                return;
        for (size_t i = 0; i < p->ranked.len; i++)
                p->ranked.items[i]->rank = (int)i;
        p->by_id = sorted(p, compare_ids);
        for (size_t i = 1; i < p->ranked.len; i++)
                p->by_id[i]->again = !strcmp(p->by_id[i]->queryid, p->by_id[i - 1]->queryid);
        p->by_family = sorted(p, compare_families);
        for (size_t i = 1; i < p->ranked.len; i++) {
                const struct pgp_statement *before = p->by_family[i - 1];
                struct pgp_statement *s = p->by_family[i];
                s->sibling = s->fingerprint && !compare_kin(s, before) ? before->sibling + !before->again : 0;
        }
}

/* The first in that order that is not before the key; its rank is below all. */
static const struct pgp_statement *look_up(const struct pgp *p, struct pgp_statement **all, const struct pgp_statement *key, int (*compare)(const void *, const void *))
{
        size_t lo = 0, hi = all ? p->ranked.len : 0;
        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                if (compare(&all[mid], &key) < 0)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        return all && lo < p->ranked.len ? all[lo] : NULL;
}

const struct pgp_statement *pgp_by_queryid(const struct pgp *p, const char *queryid)
{
        const struct pgp_statement *s = look_up(p, p->by_id, &(struct pgp_statement){.queryid = queryid, .rank = -1}, compare_ids);
        return s && !strcmp(s->queryid, queryid) ? s : NULL;
}

const struct pgp_statement *pgp_by_family(const struct pgp *p, const char *fingerprint, const char *tables)
{
        struct pgp_statement key = {.fingerprint = fingerprint, .tables = tables, .rank = -1};
        const struct pgp_statement *s = look_up(p, p->by_family, &key, compare_families);
        return s && !compare_kin(s, &key) ? s : NULL;
}
