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
#include "model/pool_advice.h"
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

const char *pool_refusal(struct pool_fleet *fleet, const struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        if (isnan(s->processes) || s->processes <= 0)
                return "how many processes open it is unknown: name the supervisor file under targets";
        if (!s->known)
                return s->traffic.len ? "fewer than 20 checkouts were captured" : "no checkouts were captured: its programs send no pool events, and the server's sessions cannot be told apart by application_name";
        double most = s->need.want + 2 < pool_cap_now(s) ? error_max_lower : error_max_raise;
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
void pool_wish(struct pool_setting *s)
{
        bool overflow = pool_has_overflow(s->pool);
        int size = s->need.want, seen = isnan(s->floor) ? 0 : (int)s->floor;
        seen = seen < pool_cap_now(s) ? seen : pool_cap_now(s);
        if (!overflow && seen > size)
                size = seen;
        if (s->silent.len && size < s->need.size_now && isnan(s->floor))
                size = s->need.size_now;
        if (size < 2 && s->need.size_now >= 2)
                size = 2; /* code that takes a second connection while it holds one must not wait for itself */
        if (s->nested > size)
                size = (int)s->nested;
        int cap = s->need.cap > seen ? s->need.cap : seen, rest = cap > size ? cap - size : 0, spare = size > 2 ? size : 2;
        if (pool_cap_now(s) > 0 && size + spare > pool_cap_now(s)) /* spare is no reason to open more than now */
                spare = pool_cap_now(s) > size ? pool_cap_now(s) - size : 0;
        s->size_new = size;
        s->overflow_new = !overflow ? 0 : rest > spare ? rest : spare;
}

static bool fleet_has_work(const struct pool_fleet *fleet, const bool *chosen)
{
        for (size_t i = 0; fleet->finding && i < fleet->settings.len; i++)
                if (chosen[i] && !fleet->settings.items[i].finding && pool_is_turned(&fleet->settings.items[i]))
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
                const char *why = pool_refusal(&fleet, s);
                if (why)
                        *vec_push(in->arena, &out->unknown) = (struct evidence){s->subjects, why};
                else
                        pool_wish(s);
                chosen[i] = !why;
        }
        pooler_size_advise(&fleet, out);
        if (!isnan(fleet.budget))
                pool_fit_budget(&fleet, chosen);
        for (size_t i = 0; i < fleet.settings.len; i++) {
                struct pool_setting *s = &fleet.settings.items[i];
                if (chosen[i] && s->finding && pool_is_turned(s))
                        pool_advise_one(&fleet, out, s);
                else if (chosen[i] && s->finding)
                        *vec_push(in->arena, &out->unknown) = (struct evidence){s->subjects, "its size is right for the captured load"};
        }
        if (fleet_has_work(&fleet, chosen))
                pool_advise_fleet(&fleet, out, chosen);
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
