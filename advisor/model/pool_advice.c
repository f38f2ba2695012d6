/* What pool_size decided, in words and changes. */
#include "model/pool_advice.h"
#include "base/num.h"
#include "base/str.h"
#include "model/code_insert.h"
#include "model/pool_alternative.h"
#include "model/pool_answer.h"
#include "model/pool_change.h"

#include <math.h>
#include <string.h>

static const char *programs_of(struct arena *a, const struct pool_setting *s)
{
        CLEANUP(str_release) struct str list = {0};
        for (size_t i = 0; i < s->traffic.len; i++)
                str_printf(&list, "%s%s", i ? " " : "", s->traffic.items[i].program);
        for (size_t i = 0; i < s->silent.len; i++)
                str_printf(&list, "%s%s", list.len ? " " : "", s->silent.items[i]);
        return arena_strdup(a, str_text(&list));
}

static bool write_knob(struct arena *a, struct recommendation *rec, const struct fact_value *v, const char *name, int before, int after,
                       const char *restart)
{
        struct change c;
        const char *why;
        if (before == after)
                return true;
        bool written = pool_change_value(a, v, name, after, after > before, restart, &c, &why);
        if (written && v->call && v->call->is_first && code_given(rec, v->call))
                c.after = arena_printf(a, ", %s", c.after);
        if (written)
                *vec_push(a, &rec->changes) = c;
        else
                pool_evidence(a, rec, "by hand", "%s", why);
        return written;
}

bool pool_is_turned(const struct pool_setting *s)
{
        return s->size_new != s->need.size_now || (pool_has_overflow(s->pool) && s->overflow_new != s->need.overflow_now);
}

static void write_setting(struct pool_fleet *fleet, struct recommendation *rec, struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        const char *restart = programs_of(a, s);
        bool overflow = pool_has_overflow(s->pool);
        s->by_hand = !write_knob(a, rec, s->size, overflow ? "pool_size" : "max_size", s->need.size_now, s->size_new, restart);
        if (overflow)
                s->by_hand |= !write_knob(a, rec, s->overflow, "max_overflow", s->need.overflow_now, s->overflow_new, restart);
        if (s->pool->min_size > s->size_new)
                write_knob(a, rec, s->min, "min_size", (int)s->pool->min_size, s->size_new, restart);
}

static void explain(struct pool_fleet *fleet, struct recommendation *rec, const struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        char mean[32], p95[32], wait[32];
        pool_evidence(a, rec, "traffic", "%.1f checkouts/s over %.0f process%s, held %s (p95 %s)", s->checkouts_hz,
                      s->processes, s->processes == 1 ? "" : "es", num_ms(mean, s->use_mean_ms), num_ms(p95, s->use_p95_ms));
        pool_evidence(a, rec, "wait p95 now", "%s with %d+%d; %s", num_ms(wait, s->wait_p95_ms), s->need.size_now,
                      s->need.overflow_now, pool_error_text(a, &s->need, fleet->in->facts->window_s));
        pool_evidence(a, rec, "wait p95 by size", "%s (upper 95 %% of the load)", pool_curve_text(a, &s->need, s->size_new));
        *vec_push(a, &rec->curves) = pool_answer_curve(a, &s->need, s->subjects, s->need.size_now, s->size_new);
        if (s->need.burst > 1.05)
                pool_evidence(a, rec, "bursts", "the measured wait is that of %.1f times the load: sized for that", s->need.burst);
        if (!isnan(s->floor))
                pool_evidence(a, rec, "in use", "at most %.0f at once in one process", s->floor);
        if (s->silent.len)
                pool_evidence(a, rec, "no traffic seen", "%s reads the same setting", s->silent.items[0]);
        if (s->size_new < s->need.want)
                pool_evidence(a, rec, "short", "%d would be right; the server has no more: raise max_connections or pool "
                              "through PgBouncer", s->need.want);
}

/* The same in one line, for a pool among others. */
static void explain_briefly(struct pool_fleet *fleet, struct recommendation *rec, const struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        char mean[32], wait[32], after[32];
        double predicted = pool_need_wait_ms(&s->need, s->need.wait_hi_ms, s->size_new);
        const char *seen = isnan(s->floor) ? "" : arena_printf(a, ", at most %.0f in use at once", s->floor);
        const char *numbers = pool_has_overflow(s->pool) ? arena_printf(a, "%d+%d", s->size_new, s->overflow_new) : arena_printf(a, "%d", s->size_new);
        pool_evidence(a, rec, s->subjects, "%.1f checkouts/s held %s%s; wait p95 %s with %d+%d, predicted %s with %s%s", s->checkouts_hz,
                      num_ms(mean, s->use_mean_ms), seen, num_ms(wait, s->wait_p95_ms), s->need.size_now, s->need.overflow_now,
                      predicted <= 0 ? "none" : num_ms(after, predicted), numbers,
                      s->size_new < s->need.want ? arena_printf(a, "; %d would be right, the server has no more", s->need.want) : "");
}

static void predict_wait(struct pool_fleet *fleet, struct recommendation *rec, const struct pool_setting *s)
{
        double at = pool_need_wait_ms(&s->need, s->need.wait_ms, s->size_new), now = s->wait_p95_ms;
        if (isnan(now))
                now = pool_need_wait_ms(&s->need, s->need.wait_ms, pool_cap_now(s));
        *vec_push(fleet->arena, &rec->effects) = (struct effect){
                .figure = "pool_wait_p95_ms", .unit = "ms", .before = now, .after = at,
                .lo = pool_need_wait_ms(&s->need, s->need.wait_lo_ms, s->size_new), .hi = pool_need_wait_ms(&s->need, s->need.wait_hi_ms, s->size_new),
                .method = "simulation of captured holds, first come first served"};
}

static double rank_of(const struct pool_fleet *fleet, const struct pool_setting *s)
{
        double all = 0, now = s->wait_p95_ms, after = pool_need_wait_ms(&s->need, s->need.wait_ms, s->size_new);
        for (size_t i = 0; i < fleet->settings.len; i++)
                all += fleet->settings.items[i].checkouts_hz;
        if (!(now > s->need.objective_ms) || !(after < now))
                return 0.1;
        return (now - fmax(after, s->need.objective_ms)) / (now - s->need.objective_ms) * (all > 0 ? 0.5 + s->checkouts_hz / all / 2 : 1);
}

static struct recommendation *recommend(struct pool_fleet *fleet, struct advise_out *out, const struct finding *finding, const char *subject)
{
        struct recommendation *rec = vec_push(fleet->arena, &out->recommendations);
        *rec = (struct recommendation){.key = finding->key, .rule = finding->rule, .subject = subject, .model = "pool_size",
                                       .confidence = 0.8, .undo = "rollback writes the old numbers back; then restart the same programs"};
        return rec;
}

static void settle_risk(struct recommendation *rec, bool lowers)
{
        rec->risk = lowers ? RISK_MEDIUM : RISK_LOW;
        rec->risk_why = lowers ? "a burst larger than any in the capture would wait; holds shrink once indexes are in, so waits will too"
                               : "more connections at once on the server, within its budget";
}

static const char *cost_of(struct arena *a, const struct pool_setting *s)
{
        double more = pool_connections(s, s->size_new + s->overflow_new) - pool_connections(s, pool_cap_now(s));
        if (s->behind_pooler)
                return "no more server connections: a pooler stands between";
        return isnan(s->processes) ? "unknown: the number of processes is" : arena_printf(a, "%+.0f server connection%s", more, num_s(fabs(more)));
}

void pool_advise_one(struct pool_fleet *fleet, struct advise_out *out, struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        struct recommendation *rec = recommend(fleet, out, s->finding, s->subjects);
        rec->title = pool_has_overflow(s->pool)
                             ? arena_printf(a, "%s: pool_size %d -> %d, max_overflow %d -> %d", s->subjects, s->need.size_now, s->size_new,
                                            s->need.overflow_now, s->overflow_new)
                             : arena_printf(a, "%s: max_size %d -> %d", s->subjects, s->need.size_now, s->size_new);
        explain(fleet, rec, s);
        predict_wait(fleet, rec, s);
        write_setting(fleet, rec, s);
        settle_risk(rec, s->size_new + s->overflow_new < pool_cap_now(s));
        rec->cost = cost_of(a, s);
        rec->rank = rank_of(fleet, s);
        rec->confidence = fmax(0.3, 0.9 - s->need.error_frac);
}

/* One recommendation for everything that only the fleet's finding asks for. */
void pool_advise_fleet(struct pool_fleet *fleet, struct advise_out *out, const bool *chosen)
{
        struct arena *a = fleet->arena;
        struct recommendation *rec = recommend(fleet, out, fleet->finding, fleet->finding->subject);
        if (!isnan(fleet->budget))
                pool_evidence(a, rec, "budget", "%s", pool_budget_text(fleet));
        struct pool_alternative *pooler = arena_new_of(a, struct pool_alternative);
        pool_alternative_find(fleet, pooler);
        if (pooler->known && pooler->size <= 0.8 * pooler->instead_of)
                pool_evidence(a, rec, "alternative", "%s", pool_alternative_text(fleet, pooler));
        bool lowers = false;
        for (size_t i = 0; i < fleet->settings.len; i++) {
                struct pool_setting *s = &fleet->settings.items[i];
                if (!chosen[i] || s->finding || !pool_is_turned(s))
                        continue;
                explain_briefly(fleet, rec, s);
                *vec_push(a, &rec->curves) = pool_answer_curve(a, &s->need, s->subjects, s->need.size_now, s->size_new);
                write_setting(fleet, rec, s);
                lowers |= s->size_new + s->overflow_new < pool_cap_now(s);
        }
        double before = pool_connections_total(fleet, false), after = pool_connections_total(fleet, true);
        rec->title = arena_printf(a, "pools of the fleet: at most %.0f -> %.0f connections", before, after);
        *vec_push(a, &rec->effects) = (struct effect){.figure = "connections", .unit = "connections", .before = before, .after = after, .lo = after,
                                                      .hi = after, .method = "sum over programs of processes x (size + overflow)"};
        settle_risk(rec, lowers);
        rec->cost = "no more than the restart of the programs";
        rec->rank = !isnan(fleet->max_connections) && before > fleet->max_connections ? 0.6 : 0.3;
}
