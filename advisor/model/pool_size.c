/*
 * The sizes of all pools of the fleet at once, since they share the connections of one server (docs/models/pool_size.md).
 *
 *      every setting: smallest size whose predicted wait p95 meets the objective at the upper 95 % of its load
 *      poolers: the same over all traffic behind them
 *      the server: 0.8 (max_connections - reserved) - others - poolers; what does not fit goes where waits fall most
 *
 * Only settings that a finding names are turned, or all of them when a finding speaks of the fleet. Rules pool.wait,
 * pool.fleet_overcommit, pool.vs_cores, pgb.waiting and their like all name this model: it owns their knobs.
 */
#include "base/num.h"
#include "base/str.h"
#include "model/code_insert.h"
#include "model/pool_change.h"
#include "model/pool_fleet.h"
#include "model/pooler_size.h"
#include "model/queue.h"

#include <math.h>
#include <string.h>

/*
 * Relative standard error of the load beyond which no size is advised. Lowering bears more: the size is taken at the upper end of the
 * load and never below what was seen in use, so a rough capture only makes it larger.
 */
static const double error_max_raise = 0.25, error_max_lower = 0.60;

static bool turnable(const struct pool_fleet *fleet, const struct pool_setting *s)
{
        return s->finding || fleet->finding;
}

static int cap_now(const struct pool_setting *s)
{
        return s->need.size_now + s->need.overflow_now;
}

/* Why this setting gets no advice, or NULL. */
static const char *refusal(struct pool_fleet *fleet, const struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        if (isnan(s->processes) || s->processes <= 0)
                return "how many processes open it is unknown: name the supervisor file under targets";
        if (!s->known)
                return s->traffic.len ? "fewer than 20 checkouts were captured" : "no checkouts were captured: its programs send no pool events";
        double most = s->need.want + 2 < cap_now(s) ? error_max_lower : error_max_raise;
        if (s->need.error_frac > most) {
                double r = s->need.error_frac / most, more = ceil((r * r - 1) * fleet->in->facts->window_s / 60) + 1;
                return arena_printf(a, "capture too short: the load is known to +-%.0f %% only; %.0f more minute%s", 100 * s->need.error_frac, more, num_s(more));
        }
        return NULL;
}

/* A wait that the size does not make is no reason to raise the size. */
static void drop_unexplained(struct pool_fleet *fleet, struct pool_setting *s, struct advise_out *out)
{
        if (!s->finding || !s->need.unexplained)
                return;
        const char *why = arena_printf(fleet->arena, "%d connections suffice even for three times the captured load, so the measured wait of %.1f ms is "
                                       "not made by the size: a blocked event loop, opening connections, or short bursts", s->need.size_now, s->wait_p95_ms);
        *vec_push(fleet->arena, &out->unknown) = (struct evidence){s->subjects, why};
        s->finding = NULL;
}

/*
 * Sizes by need alone; the budget comes after. What was seen in use at once stays possible: by overflow where there is one, since it
 * is for the rare rest, else by size; overflow may double the size where there is room, for bursts that the capture did not see. A size is
 * not lowered for a program whose use nobody saw.
 */
static void wish(struct pool_setting *s)
{
        bool overflow = pool_has_overflow(s->pool);
        int size = s->need.want, seen = isnan(s->floor) ? 0 : (int)s->floor;
        seen = seen < cap_now(s) ? seen : cap_now(s);
        if (!overflow && seen > size)
                size = seen;
        if (s->silent.len && size < s->need.size_now && isnan(s->floor))
                size = s->need.size_now;
        if (size < 2 && s->need.size_now >= 2)
                size = 2; /* code that takes a second connection while it holds one must not wait for itself */
        int cap = s->need.cap > seen ? s->need.cap : seen, rest = cap - size, spare = size > 2 ? size : 2;
        s->size_new = size;
        s->overflow_new = !overflow ? 0 : rest > spare ? rest : spare;
}

static double connections(const struct pool_setting *s, int cap)
{
        return s->behind_pooler || isnan(s->processes) ? 0 : s->processes * cap;
}

/* Takes part in sharing the budget: it is to be turned, it takes the server's connections, and its numbers can be written. */
static bool shares(const struct pool_setting *s, bool chosen)
{
        return chosen && !s->behind_pooler && pool_value_writable(s->size) && (!s->need.overflow_now || pool_value_writable(s->overflow));
}

/* What is left of `budget` when all others keep what they have. */
static double left_for(struct pool_fleet *fleet, const bool *chosen, double budget)
{
        for (size_t i = 0; i < fleet->settings.len; i++)
                if (!shares(&fleet->settings.items[i], chosen[i]))
                        budget -= connections(&fleet->settings.items[i], cap_now(&fleet->settings.items[i]));
        return budget - fleet->pooler_slots;
}

/* More sessions than some ten for each CPU only wait inside the server: overflow stays below that (rule pool.vs_cores); sizes go by need. */
static double worth_for_cores(const struct pool_fleet *fleet)
{
        const struct facts *f = fleet->in->facts;
        double cpus = f->servers.len ? f->servers.items[0].cpus : NAN;
        return cpus > 0 ? 6 * (2 * cpus + 1) - 1 : INFINITY;
}

/* Cuts the wishes to the budget: sizes by what they save, then overflow with what remains. */
static void fit_budget(struct pool_fleet *fleet, bool *chosen)
{
        size_t n = fleet->settings.len, m = 0;
        struct pool_slot *slots = arena_alloc(fleet->arena, (n + 1) * sizeof *slots);
        struct pool_setting **of = arena_alloc(fleet->arena, (n + 1) * sizeof *of);
        for (size_t i = 0; i < n; i++) {
                struct pool_setting *s = &fleet->settings.items[i];
                if (!shares(s, chosen[i]))
                        continue;
                of[m] = s;
                slots[m++] = (struct pool_slot){.processes = s->processes, .weight = s->checkouts_hz, .want = s->size_new,
                                                .wait_ms = s->need.wait_hi_ms};
        }
        double left = left_for(fleet, chosen, fleet->budget), used = pool_allocate(slots, m, left);
        left = fmin(left, left_for(fleet, chosen, worth_for_cores(fleet))) - used;
        for (size_t i = 0; i < m; i++) {
                of[i]->size_new = slots[i].size;
                int more = left > 0 ? (int)(left / of[i]->processes) : 0;
                of[i]->overflow_new = of[i]->overflow_new < more ? of[i]->overflow_new : more;
                left -= of[i]->processes * of[i]->overflow_new;
        }
}

/* What cannot be written stays as it is until a person changes it. */
static double total(const struct pool_fleet *fleet, bool after)
{
        double sum = 0;
        for (size_t i = 0; i < fleet->settings.len; i++) {
                const struct pool_setting *s = &fleet->settings.items[i];
                sum += connections(s, after && !s->by_hand ? s->size_new + s->overflow_new : cap_now(s));
        }
        return sum;
}

/* ── Words and changes ──────────────────────────────────────────────────────────────────────────────────────────── */
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

static bool is_turned(const struct pool_setting *s)
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
                now = pool_need_wait_ms(&s->need, s->need.wait_ms, cap_now(s));
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

static void advise_one(struct pool_fleet *fleet, struct advise_out *out, struct pool_setting *s)
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
        settle_risk(rec, s->size_new + s->overflow_new < cap_now(s));
        rec->cost = arena_printf(a, "%+.0f server connections", connections(s, s->size_new + s->overflow_new) - connections(s, cap_now(s)));
        rec->rank = rank_of(fleet, s);
        rec->confidence = fmax(0.3, 0.9 - s->need.error_frac);
}

/* One recommendation for everything that only the fleet's finding asks for. */
static void advise_fleet(struct pool_fleet *fleet, struct advise_out *out, const bool *chosen)
{
        struct arena *a = fleet->arena;
        struct recommendation *rec = recommend(fleet, out, fleet->finding, fleet->finding->subject);
        if (!isnan(fleet->budget))
                pool_evidence(a, rec, "budget", "0.8 x (%.0f max_connections - %.0f reserved) - %.0f of others - %.0f of poolers = %.0f", fleet->max_connections,
                              fleet->reserved, fleet->others, fleet->pooler_slots, fleet->budget - fleet->pooler_slots);
        bool lowers = false;
        for (size_t i = 0; i < fleet->settings.len; i++) {
                struct pool_setting *s = &fleet->settings.items[i];
                if (!chosen[i] || s->finding || !is_turned(s))
                        continue;
                explain_briefly(fleet, rec, s);
                write_setting(fleet, rec, s);
                lowers |= s->size_new + s->overflow_new < cap_now(s);
        }
        double before = total(fleet, false), after = total(fleet, true);
        rec->title = arena_printf(a, "pools of the fleet: at most %.0f -> %.0f connections", before, after);
        *vec_push(a, &rec->effects) = (struct effect){.figure = "connections", .unit = "connections", .before = before, .after = after, .lo = after,
                                                      .hi = after, .method = "sum over programs of processes x (size + overflow)"};
        settle_risk(rec, lowers);
        rec->cost = "no more than the restart of the programs";
        rec->rank = !isnan(fleet->max_connections) && before > fleet->max_connections ? 0.6 : 0.3;
}

static bool fleet_has_work(const struct pool_fleet *fleet, const bool *chosen)
{
        for (size_t i = 0; fleet->finding && i < fleet->settings.len; i++)
                if (chosen[i] && !fleet->settings.items[i].finding && is_turned(&fleet->settings.items[i]))
                        return true;
        return false;
}

static int advise(const struct advise_in *in, struct advise_out *out, struct err *err)
{
        (void)err;
        struct pool_fleet fleet;
        pool_fleet_collect(&fleet, in);
        bool *chosen = arena_alloc(in->arena, fleet.settings.len + 1);
        for (size_t i = 0; i < fleet.settings.len; i++) {
                struct pool_setting *s = &fleet.settings.items[i];
                if (!turnable(&fleet, s))
                        continue;
                drop_unexplained(&fleet, s, out);
                if (!turnable(&fleet, s))
                        continue;
                const char *why = refusal(&fleet, s);
                if (why)
                        *vec_push(in->arena, &out->unknown) = (struct evidence){s->subjects, why};
                else
                        wish(s);
                chosen[i] = !why;
        }
        pooler_size_advise(&fleet, out);
        if (!isnan(fleet.budget))
                fit_budget(&fleet, chosen);
        for (size_t i = 0; i < fleet.settings.len; i++) {
                struct pool_setting *s = &fleet.settings.items[i];
                if (chosen[i] && s->finding && is_turned(s))
                        advise_one(&fleet, out, s);
                else if (chosen[i] && s->finding)
                        *vec_push(in->arena, &out->unknown) = (struct evidence){s->subjects, "its size is right for the captured load"};
        }
        if (fleet_has_work(&fleet, chosen))
                advise_fleet(&fleet, out, chosen);
        return 0;
}

const struct model model_pool_size = {
        .name = "pool_size",
        .doc = "sizes of all connection pools from captured traffic, within the server's connections",
        .advise = advise,
};

/* pool_wait_p95_ms(rate_hz, hold_mean_ms, hold_cv2, size) for rules: Allen-Cunneen with an exponential tail. */
static double estimate(const double *v, int n, void *arg)
{
        (void)n, (void)arg;
        if (isnan(v[0]) || isnan(v[1]) || isnan(v[2]) || !(v[3] >= 1 && v[3] <= 1e6))
                return NAN;
        return queue_wait_quantile((int)v[3], v[0] * v[1] / 1000, v[1], v[2], 0.95);
}

const struct model model_pool_wait_p95_ms = {
        .name = "pool_wait_p95_ms",
        .doc = "p95 wait for a connection by Allen-Cunneen, Inf when the pool cannot carry the load",
        .nargs = 4,
        .args = "rate_hz, hold_mean_ms, hold_cv2, size",
        .estimate = estimate,
};
