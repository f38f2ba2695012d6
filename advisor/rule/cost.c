#include "rule/cost.h"
#include "base/cleanup.h"
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Below it the statement may well be another one. Places that share a text are not unsure: one of them sent it. */
enum { SURE_PERCENT = 50 };

struct cost {
        const char *path;
        int64_t start, site;
        double calls, share_frac, window_s, sure;
        int64_t places;
};

struct costs {
        struct arena *arena;
        VEC(struct cost) list;
};

struct costs *costs_load(struct arena *a, struct db *db)
{
        struct costs *c = arena_new_of(a, struct costs);
        CLEANUP(stmt_free) struct stmt *st = NULL;
        c->arena = a;
        if (!db_int(db, "SELECT EXISTS (SELECT 1 FROM pg_statement)", 0, 0)) /* the view is dear even when it is empty */
                return c;
        if (stmt_prepare(db,
                         "SELECT path, byte_start, site, sum(calls), sum(share_of_database), max(window_s), min(confidence * shared_by), max(shared_by) "
                         "FROM fact_code_cost GROUP BY path, byte_start, site ORDER BY path, byte_start, site",
                         &st, NULL) < 0)
                return c;
        while (stmt_step(st, NULL) == 1)
                *vec_push(a, &c->list) = (struct cost){arena_strdup(a, stmt_text(st, 0)), stmt_int(st, 1), stmt_is_null(st, 2) ? 0 : stmt_int(st, 2), stmt_real(st, 3),
                                                       stmt_real(st, 4), stmt_real(st, 5), stmt_real(st, 6), stmt_int(st, 7)};
        return c;
}

static const char *times(struct arena *a, double calls)
{
        if (calls >= 1e9)
                return arena_printf(a, "%.1f billion times", calls / 1e9);
        if (calls >= 1e6)
                return arena_printf(a, "%.1f million times", calls / 1e6);
        return calls == 1 ? "once" : arena_printf(a, "%.0f times", calls);
}

static const char *window(struct arena *a, double s)
{
        if (!(s > 0))
                return "in the window";
        if (s < 120)
                return arena_printf(a, "in %.0f s", s);
        if (s < 7200)
                return arena_printf(a, "in %.0f min", s / 60);
        return s < 48 * 3600 ? arena_printf(a, "in %.0f h", s / 3600) : arena_printf(a, "in %.0f d", s / 86400);
}

static void set(struct costs *c, const struct cost *x, struct finding *f)
{
        char percent[32];
        const char *where = x->places > 1 ? arena_printf(c->arena, "; %lld places send the same text", (long long)x->places) : "";
        const char *share = x->share_frac > 0 ? arena_printf(c->arena, ", %s of the database's time", num_percent(percent, x->share_frac)) : "";
        f->cost = arena_printf(c->arena, "called %s %s%s%s", times(c->arena, x->calls), window(c->arena, x->window_s), share, where);
        f->cost_frac = x->share_frac > 0 ? x->share_frac / (double)(x->places > 1 ? x->places : 1) : 0;
        *vec_push(c->arena, &f->evidence) = (struct evidence){"cost", f->cost};
}

void cost_find(struct costs *c, struct finding *f, const char *path, int64_t start, int64_t site)
{
        const struct cost *best = NULL;
        for (size_t i = 0; path && i < c->list.len; i++) {
                const struct cost *x = &c->list.items[i];
                bool here = site && x->site ? x->site == site : x->path && !strcmp(x->path, path) && x->start == start;
                if (here && x->calls > 0 && x->sure * 100 >= SURE_PERCENT && (!best || x->share_frac > best->share_frac))
                        best = x;
        }
        if (best)
                set(c, best, f);
}
