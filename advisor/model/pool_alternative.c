#include "model/pool_alternative.h"
#include "base/str.h"
#include "model/pool_advice.h"
#include "model/pool_answer.h"

#include <math.h>

enum { PLACES_SHOWN = 4 };

/*
 * Holds of all processes together, each use by its share of the arrivals. Counts are those of the captured checkouts, so that the sampling
 * error stays what it is; uses whose rate was taken higher than their count (a busy half minute) weigh by their rate.
 */
static double merge(const struct pool_fleet *fleet, struct hist *h, double *ret_processes)
{
        double rate = 0, count = 0;
        *ret_processes = 0;
        for (size_t i = 0; i < fleet->settings.len; i++) {
                const struct pool_setting *s = &fleet->settings.items[i];
                for (size_t k = 0; !s->behind_pooler && k < s->traffic.len; k++) {
                        rate += s->traffic.items[k].rate_hz * s->traffic.items[k].processes;
                        count += (double)s->traffic.items[k].use->count;
                        *ret_processes += s->traffic.items[k].processes;
                }
        }
        for (size_t i = 0; rate > 0 && i < fleet->settings.len; i++) {
                const struct pool_setting *s = &fleet->settings.items[i];
                for (size_t k = 0; !s->behind_pooler && k < s->traffic.len; k++) {
                        const struct pool_traffic *t = &s->traffic.items[k];
                        double weight = t->rate_hz * t->processes / rate * count / (double)t->use->count;
                        for (int b = 0; b < HIST_BUCKETS; b++)
                                if (t->use->n[b])
                                        hist_add_n(h, exp2((b + 0.5) / 16), (uint64_t)llround((double)t->use->n[b] * weight));
                }
        }
        return rate;
}

static const char *breaks(struct pool_fleet *fleet)
{
        const struct facts *f = fleet->in->facts;
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < f->session_features.len && i < PLACES_SHOWN; i++)
                str_printf(&s, "%s%s at %s:%d", i ? ", " : "", f->session_features.items[i].feature, f->session_features.items[i].path, f->session_features.items[i].line);
        if (f->session_features.len > PLACES_SHOWN)
                str_printf(&s, " and %zu more", f->session_features.len - PLACES_SHOWN);
        return s.len ? arena_strdup(fleet->arena, str_text(&s)) : NULL;
}

void pool_alternative_find(struct pool_fleet *fleet, struct pool_alternative *ret)
{
        struct arena *a = fleet->arena;
        struct hist *h = arena_new_of(a, struct hist);
        double processes, rate = merge(fleet, h, &processes);
        *ret = (struct pool_alternative){.hop_ms = 0.5};
        for (size_t i = 0; i < fleet->settings.len; i++) {
                const struct pool_setting *s = &fleet->settings.items[i];
                if (!s->behind_pooler && !s->known)
                        return; /* what one of them needs is unknown, so is the sum */
                ret->instead_of += pool_connections(s, s->size_new);
        }
        if (processes < 2 || !(rate > 0))
                return;
        struct pool_traffic *t = arena_new_of(a, struct pool_traffic);
        *t = (struct pool_traffic){.program = "all", .processes = 1, .rate_hz = rate, .use = h, .hold_scale = 1, .wait_p95_ms = NAN};
        ret->need = (struct pool_need){.traffic = t, .n = 1, .objective_ms = fleet->in->facts->config->objectives[FIGURE_POOL_WAIT]};
        ret->known = pool_need_solve(a, &ret->need) && isfinite(ret->need.wait_hi_ms[ret->need.want]);
        ret->size = ret->need.want;
        ret->breaks = breaks(fleet);
        ret->curve = pool_answer_curve(a, &ret->need, "one shared pooler", 0, ret->size);
}

const char *pool_alternative_text(struct pool_fleet *fleet, const struct pool_alternative *x)
{
        return arena_printf(fleet->arena, "PgBouncer in transaction mode before all of them would need %d server connections (%d to %d) instead of %.0f, for about %.1f ms more a transaction%s%s", x->size,
                            x->need.want_lo, x->size, x->instead_of, x->hop_ms, x->breaks ? "; in its way: " : "; nothing that means the session was found in the sources",
                            x->breaks ? x->breaks : "");
}
