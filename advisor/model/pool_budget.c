/* Who gets how many of the server's connections (pool_advice.h). */
#include "model/pool_advice.h"
#include "model/pool_change.h"

#include <math.h>

double pool_connections(const struct pool_setting *s, int cap)
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
                        budget -= pool_connections(&fleet->settings.items[i], pool_cap_now(&fleet->settings.items[i]));
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
void pool_fit_budget(struct pool_fleet *fleet, bool *chosen)
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
        /*
         * Where what others may open at most takes all there is, cutting those whose need is known helps nobody: they get it, without overflow.
         */
        double left = left_for(fleet, chosen, fleet->budget), each = 0, wanted = 0;
        for (size_t i = 0; i < m; i++) {
                each += slots[i].processes;
                wanted += slots[i].processes * slots[i].want;
        }
        if (left < each && fleet->budget - fleet->pooler_slots >= wanted)
                left = wanted;
        double used = pool_allocate(slots, m, left);
        left = fmin(left, left_for(fleet, chosen, worth_for_cores(fleet))) - used;
        for (size_t i = 0; i < m; i++) {
                of[i]->size_new = slots[i].size;
                int more = left > 0 ? (int)(left / of[i]->processes) : 0;
                of[i]->overflow_new = of[i]->overflow_new < more ? of[i]->overflow_new : more;
                left -= of[i]->processes * of[i]->overflow_new;
        }
}

/* What cannot be written stays as it is until a person changes it. */
double pool_connections_total(const struct pool_fleet *fleet, bool after)
{
        double sum = 0;
        for (size_t i = 0; i < fleet->settings.len; i++) {
                const struct pool_setting *s = &fleet->settings.items[i];
                sum += pool_connections(s, after && !s->by_hand ? s->size_new + s->overflow_new : pool_cap_now(s));
        }
        return sum;
}

const char *pool_budget_text(const struct pool_fleet *fleet)
{
        const struct facts *f = fleet->in->facts;
        if (fleet->active_cap > 0 && fleet->budget >= fleet->active_cap)
                return arena_printf(fleet->arena, "the database's %.0f CPUs are %.0f %% busy: four sessions at work for each, %.0f connections with those that wait for their program, are worth it",
                                    f->servers.items[0].cpus, 100 * fleet->cpu_frac, fleet->active_cap);
        return arena_printf(fleet->arena, "%.2g x (%.0f max_connections - %.0f reserved) - %.0f of others - %.0f of poolers = %.0f", fleet->share, fleet->max_connections, fleet->reserved,
                            fleet->others, fleet->pooler_slots, fleet->budget - fleet->pooler_slots);
}
