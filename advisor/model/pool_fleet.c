#include "model/pool_fleet.h"

#include <math.h>
#include <string.h>

static bool is_knob(const char *knob, const char *const *names)
{
        for (; *names; names++)
                if (!strcmp(knob, *names))
                        return true;
        return false;
}

static const char *const size_knobs[] = {"size", "max_size", "pool_size", NULL};
static const char *const overflow_knobs[] = {"overflow", "max_overflow", NULL};
static const char *const min_knobs[] = {"min_size", "minsize", "min", NULL};

/* The place that decides a knob; a resolved one wins. */
static const struct fact_value *value_of(const struct facts *f, const char *pool, const char *const *knobs)
{
        const struct fact_value *best = NULL;
        for (size_t i = 0; i < f->values.len; i++) {
                const struct fact_value *v = &f->values.items[i];
                if (v->pool && !strcmp(v->pool, pool) && is_knob(v->knob, knobs) && (!best || (v->resolved && !best->resolved)))
                        best = v;
        }
        return best;
}

static bool same_place(const struct fact_value *a, const struct fact_value *b)
{
        return a && b && a->path && b->path && a->byte_start >= 0 && a->byte_start == b->byte_start && !strcmp(a->path, b->path);
}

bool pool_has_overflow(const struct fact_pool *p)
{
        return !isnan(p->overflow) || (p->library && strstr(p->library, "sqlalchemy"));
}

static bool lives_in_a_call(const struct fact_pool *p)
{
        return p->scope && strcmp(p->scope, "module") && strcmp(p->scope, "startup");
}

static struct pool_setting *setting_for(struct pool_fleet *fleet, const struct fact_pool *p)
{
        const struct facts *f = fleet->in->facts;
        const struct fact_value *size = value_of(f, p->pool, size_knobs);
        for (size_t i = 0; i < fleet->settings.len; i++)
                if (same_place(fleet->settings.items[i].size, size))
                        return &fleet->settings.items[i];
        struct pool_setting *s = vec_push(fleet->arena, &fleet->settings);
        *s = (struct pool_setting){.pool = p, .size = size, .overflow = value_of(f, p->pool, overflow_knobs),
                                   .min = value_of(f, p->pool, min_knobs), .behind_pooler = p->behind_pooler, .floor = NAN, .nested = NAN,
                                   .wait_p95_ms = NAN, .use_mean_ms = NAN, .use_p95_ms = NAN};
        return s;
}

static const struct fact_application *application_named(const struct facts *f, const char *name)
{
        for (size_t i = 0; name && i < f->applications.len; i++)
                if (!strcmp(f->applications.items[i].name, name))
                        return &f->applications.items[i];
        return NULL;
}

/*
 * With k connections for n requests that take m each, all may hold m-1 and wait for one more: n (m-1) + 1 are needed (HikariCP, "pool locking").
 * n is how many were seen to hold one at once.
 */
static double nested_floor(double in_use_max)
{
        return isnan(in_use_max) ? 2 : fmax(2, ceil(in_use_max) + 1);
}

static void add_use(struct pool_fleet *fleet, struct pool_setting *s, const struct fact_pool *p, const struct fact_pool_use *u)
{
        s->processes += u->processes;
        const struct fact_application *app = application_named(fleet->in->facts, u->program);
        if (app && u->processes > 0 && !p->behind_pooler)
                s->floor = fmax(isnan(s->floor) ? 0 : s->floor, ceil(app->in_use_max / u->processes));
        if (p->nested)
                s->nested = fmax(isnan(s->nested) ? 0 : s->nested, nested_floor(u->in_use_max));
        if (!isnan(u->in_use_max))
                s->floor = fmax(isnan(s->floor) ? 0 : s->floor, u->in_use_max);
        if (!u->use || !(u->processes > 0)) {
                *vec_push(fleet->arena, &s->silent) = u->program;
                return;
        }
        s->by_sessions |= !isnan(u->se_frac);
        double hz = isnan(u->busy_hz) ? u->checkouts_hz : fmax(u->busy_hz, u->checkouts_hz);
        s->checkouts_hz += u->checkouts_hz;
        *vec_push(fleet->arena, &s->traffic) =
                (struct pool_traffic){.program = u->program, .processes = u->processes, .rate_hz = hz / u->processes, .use = u->use,
                                      .hold_scale = 1, .error_frac = isnan(u->se_frac) ? 0 : u->se_frac, .wait_p95_ms = u->wait ? hist_quantile_us(u->wait, 0.95) / 1000 : NAN};
}

static void measure(struct pool_fleet *fleet, struct pool_setting *s)
{
        struct hist *use = arena_new_of(fleet->arena, struct hist), *wait = arena_new_of(fleet->arena, struct hist);
        const struct facts *f = fleet->in->facts;
        for (size_t i = 0; i < f->pool_uses.len; i++)
                for (size_t k = 0; k < s->pools.len; k++)
                        if (!strcmp(f->pool_uses.items[i].pool, s->pools.items[k]->pool)) {
                                if (f->pool_uses.items[i].use)
                                        hist_merge(use, f->pool_uses.items[i].use);
                                if (f->pool_uses.items[i].wait)
                                        hist_merge(wait, f->pool_uses.items[i].wait);
                        }
        double cv2;
        pool_hist_moments(use, &s->use_mean_ms, &cv2);
        s->use_p95_ms = hist_quantile_us(use, 0.95) / 1000;
        s->wait_p95_ms = hist_quantile_us(wait, 0.95) / 1000;
}

static void solve(struct pool_fleet *fleet, struct pool_setting *s)
{
        double now = s->pool->size, overflow = s->pool->overflow;
        s->need = (struct pool_need){.traffic = s->traffic.items, .n = s->traffic.len,
                                     .objective_ms = fleet->in->facts->config->objectives[FIGURE_POOL_WAIT],
                                     .size_now = now > 0 && now < POOL_SIZE_MAX ? (int)now : 0,
                                     .overflow_now = overflow > 0 && overflow < POOL_SIZE_MAX ? (int)overflow : 0};
        s->known = s->traffic.len && pool_need_solve(fleet->arena, &s->need);
        for (size_t i = 0; i < s->traffic.len; i++)
                if (s->traffic.items[i].use->count < POOL_CHECKOUTS_MIN)
                        *vec_push(fleet->arena, &s->silent) = s->traffic.items[i].program;
        s->size_new = s->need.size_now;
        s->overflow_new = s->need.overflow_now;
}

static bool row_names(const struct rule_row *row, const char *name)
{
        const char *pool = rule_row_text(row, "pool"), *subject = rule_row_text(row, "subject");
        return (pool && !strcmp(pool, name)) || (subject && !strcmp(subject, name)) ||
               (row->finding && row->finding->subject && !strcmp(row->finding->subject, name));
}

/* Each row speaks of a pool, of a pooler (pooler_size.c), or of the fleet. */
static void match_findings(struct pool_fleet *fleet)
{
        const struct advise_in *in = fleet->in;
        for (size_t r = 0; r < in->n; r++) {
                bool named = in->rows[r].finding && str_starts(in->rows[r].finding->rule, "pgb.");
                for (size_t i = 0; i < fleet->settings.len; i++) {
                        struct pool_setting *s = &fleet->settings.items[i];
                        for (size_t k = 0; k < s->pools.len; k++)
                                if (row_names(&in->rows[r], s->pools.items[k]->pool)) {
                                        named = true;
                                        if (!s->finding)
                                                s->finding = in->rows[r].finding;
                                }
                }
                if (!named && !fleet->finding)
                        fleet->finding = in->rows[r].finding;
        }
}

static bool is_ours(const struct facts *f, const char *application)
{
        for (size_t i = 0; i < f->pool_uses.len; i++)
                if (!strcmp(f->pool_uses.items[i].program, application))
                        return true;
        for (size_t i = 0; i < f->pools.len; i++)
                if (f->pools.items[i].application_name && !strcmp(f->pools.items[i].application_name, application))
                        return true;
        return false;
}

/*
 * Two resources: connections are short when programs wait for them, CPUs when the database does. Where the CPU of its processes was seen, that
 * counts; sessions that execute something are no more than a bound, since they may wait for locks, disks or pg_sleep, and no reason to cap.
 * Above three fifths more sessions only get in each other's way, and four for each CPU keep it busy. A session that waits for its program takes none.
 */
static void find_active_cap(struct pool_fleet *fleet, const struct fact_server *s)
{
        fleet->active_cap = NAN;
        fleet->cpu_frac = s->cpu_frac;
        fleet->cpu_known = !isnan(s->cpu_frac);
        if (!fleet->cpu_known)
                fleet->cpu_frac = s->busy_frac;
        double idle = s->idle_in_tx_frac > 0 ? fmin(s->idle_in_tx_frac, 0.9) : 0;
        if (fleet->cpu_known && fleet->cpu_frac > 0.6 && s->cpus > 0)
                fleet->active_cap = floor(4 * s->cpus / (1 - idle));
}

/*
 * max_connections less what is reserved and what others hold; a fifth stays free for deploys, migrations and people, and more where a deploy
 * runs more than 1.25 times the processes. Streaming replication has slots of its own since PostgreSQL 12.
 */
static void find_budget(struct pool_fleet *fleet)
{
        const struct facts *f = fleet->in->facts;
        fleet->max_connections = fleet->reserved = fleet->budget = fleet->active_cap = fleet->cpu_frac = NAN;
        fleet->share = fmin(0.8, 1 / f->config->deploy_surge);
        if (f->servers.len)
                find_active_cap(fleet, &f->servers.items[0]);
        if (!f->servers.len || isnan(f->servers.items[0].max_connections))
                return;
        fleet->max_connections = f->servers.items[0].max_connections;
        fleet->reserved = isnan(f->servers.items[0].superuser_reserved) ? 3 : f->servers.items[0].superuser_reserved;
        for (size_t i = 0; i < f->applications.len; i++)
                if (!is_ours(f, f->applications.items[i].name))
                        fleet->others += f->applications.items[i].connections_max;
        fleet->budget = floor(fleet->share * (fleet->max_connections - fleet->reserved)) - fleet->others;
        if (fleet->active_cap > 0 && fleet->active_cap < fleet->budget)
                fleet->budget = fleet->active_cap;
}

static void name_subjects(struct pool_fleet *fleet, struct pool_setting *s)
{
        s->subjects = s->pools.len == 1 ? s->pool->pool
                                        : arena_printf(fleet->arena, "%s and %zu more", s->pool->pool, s->pools.len - 1);
}

void pool_fleet_collect(struct pool_fleet *fleet, const struct advise_in *in)
{
        *fleet = (struct pool_fleet){.arena = in->arena, .in = in};
        const struct facts *f = in->facts;
        for (size_t i = 0; i < f->pools.len; i++) {
                const struct fact_pool *p = &f->pools.items[i];
                if (lives_in_a_call(p))
                        continue;
                struct pool_setting *s = setting_for(fleet, p);
                *vec_push(fleet->arena, &s->pools) = p;
                for (size_t k = 0; k < f->pool_uses.len; k++)
                        if (!strcmp(f->pool_uses.items[k].pool, p->pool))
                                add_use(fleet, s, p, &f->pool_uses.items[k]);
        }
        for (size_t i = 0; i < fleet->settings.len; i++) {
                name_subjects(fleet, &fleet->settings.items[i]);
                measure(fleet, &fleet->settings.items[i]);
                solve(fleet, &fleet->settings.items[i]);
        }
        match_findings(fleet);
        find_budget(fleet);
}
