#include "model/pool_answer.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "base/str.h"
#include "model/pool_advice.h"
#include "model/pool_alternative.h"
#include "model/pool_change.h"

#include <math.h>

enum { AROUND = 4, POINTS_MAX = 24 };

static void add_point(struct arena *a, const struct pool_need *need, struct curve *c, int size)
{
        if (size < 1 || (c->points.len && c->points.items[c->points.len - 1].size >= size))
                return;
        struct pool_wait w = pool_need_at(need, size);
        *vec_push(a, &c->points) = (struct curve_point){
                .size = size, .wait_p50 = w.p50_ms, .wait_p95 = w.p95_ms, .wait_p99 = w.p99_ms, .latency_p50 = w.latency_p50_ms, .latency_p95 = w.latency_p95_ms,
                .latency_p99 = w.latency_p99_ms, .latency_lo = w.latency_p95_lo_ms, .latency_hi = w.latency_p95_hi_ms};
}

static bool nobody_waits(const struct pool_need *need, int size)
{
        return pool_need_at(need, size).p99_ms <= 0;
}

/* All sizes up to a few beyond the advised one, as long as they differ, and the present size. */
struct curve pool_answer_curve(struct arena *a, const struct pool_need *need, const char *subject, int now, int advised)
{
        struct curve c = {.subject = subject, .now = now, .advised = advised, .objective_ms = need->objective_ms};
        int middle = advised ? advised : need->want, last = middle + AROUND, from = last > POINTS_MAX ? last - POINTS_MAX : 1;
        add_point(a, need, &c, now < from ? now : 0);
        for (int size = from; size <= last; size++)
                if (size <= middle + 1 || size == now || !nobody_waits(need, size - 1))
                        add_point(a, need, &c, size);
        add_point(a, need, &c, now);
        return c;
}

static struct curve every_size(struct arena *a, const struct pool_need *need, const struct curve *like)
{
        struct curve c = {.subject = like->subject, .now = like->now, .advised = like->advised, .objective_ms = like->objective_ms};
        for (int size = 1; size <= need->curve || size <= like->now; size++)
                add_point(a, need, &c, size);
        return c;
}

/* ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void say(struct arena *a, struct pool_answer *x, const char *label, const char *value)
{
        *vec_push(a, &x->lines) = (struct evidence){label, value};
}

static const char *shape(struct arena *a, const struct pool_setting *s, int size, int overflow)
{
        return pool_has_overflow(s->pool) ? arena_printf(a, "%d+%d", size, overflow) : arena_printf(a, "%d", size);
}

static void describe(struct pool_fleet *fleet, struct pool_answer *x, const struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        char mean[32], p95[32], wait[32];
        const struct pool_need *n = &s->need;
        say(a, x, "traffic", arena_printf(a, "%.1f checkouts/s over %.0f process%s, held %s (p95 %s): %.2f connections in use in each on average", s->checkouts_hz, s->processes,
                                          s->processes == 1 ? "" : "es", num_ms(mean, s->use_mean_ms), num_ms(p95, s->use_p95_ms), n->offered));
        say(a, x, "wait p95 now", isnan(s->wait_p95_ms) ? "not measured: only the application can tell (perfadvise-probes(7), events)" : arena_strdup(a, num_ms(wait, s->wait_p95_ms)));
        say(a, x, "interval", pool_error_text(a, n, fleet->in->facts->window_s));
        if (!isnan(s->floor))
                say(a, x, "in use", arena_printf(a, "at most %.0f at once in one process", s->floor));
        if (n->knee < n->want)
                say(a, x, "knee", arena_printf(a, "from %d on, latency p95 is within a tenth of the least; the wait of %.3g ms asks for %d", n->knee, n->objective_ms, n->want));
        if (!isnan(s->nested))
                say(a, x, "nested", arena_printf(a, "some code takes a second connection while it holds one (code.nested_acquire): with fewer than %.0f it can wait for itself", s->nested));
        if (n->burst > 1.05)
                say(a, x, "bursts", arena_printf(a, "the measured wait is that of %.1f times the load: sized for that", n->burst));
}

static void doubt(struct pool_fleet *fleet, struct pool_answer *x, const struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        const struct facts *f = fleet->in->facts;
        *vec_push(a, &x->wrong) = arena_printf(a, "another load than in the %.0f s that were captured: a busier hour wants its own capture", f->window_s);
        if (s->by_sessions)
                *vec_push(a, &x->wrong) = "a connection that is kept between transactions: the server sees transactions only, the application's own events would tell";
        if (s->silent.len)
                *vec_push(a, &x->wrong) = arena_printf(a, "%s reads the same setting and no use of it was seen", s->silent.items[0]);
        if (s->need.unexplained)
                *vec_push(a, &x->wrong) = "the wait measured now is longer than the size explains: a blocked event loop, or connections being opened";
        if (fleet->active_cap > 0)
                *vec_push(a, &x->wrong) = "holds get longer with more sessions at work, since the CPUs are the limit: the curve is then too kind to large sizes";
        if (isnan(s->nested))
                *vec_push(a, &x->wrong) = "code that takes a second connection while it holds one, unseen in the sources";
}

static void answer(struct pool_fleet *fleet, struct pool_answer *x, struct pool_setting *s)
{
        struct arena *a = fleet->arena;
        const struct pool_need *n = &s->need;
        x->subject = s->subjects;
        x->unknown = pool_refusal(fleet, s);
        if (x->unknown)
                return;
        x->want_lo = n->want_lo;
        x->want_hi = n->want;
        x->knee = n->knee;
        x->offered = n->offered;
        x->error_frac = n->error_frac;
        x->curve = pool_answer_curve(a, n, s->subjects, n->size_now, s->size_new);
        x->all = every_size(a, n, &x->curve);
        x->title = arena_printf(a, "%s connections of each process%s; now %s", shape(a, s, s->size_new, s->overflow_new),
                                n->want_lo < n->want ? arena_printf(a, " (the load's interval: %d to %d)", n->want_lo, n->want) : "",
                                n->size_now ? shape(a, s, n->size_now, n->overflow_now) : "unknown");
        describe(fleet, x, s);
        doubt(fleet, x, s);
}

static const char *holders_text(struct arena *a, const struct facts *f)
{
        enum { SHOWN = 3 };
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < f->holders.len && i < SHOWN; i++)
                str_printf(&s, "%s%s at %s:%d", i ? ", " : "; held during ", f->holders.items[i].snippet ? f->holders.items[i].snippet : "a wait", f->holders.items[i].path,
                           f->holders.items[i].line);
        if (f->holders.len > SHOWN)
                str_printf(&s, " and %zu more (code.hold_while_await)", f->holders.len - SHOWN);
        return arena_strdup(a, str_text(&s));
}

/* The order of things to look at: who holds, what the database can work on, what there is to share. */
static void describe_fleet(struct pool_fleet *fleet, struct pool_answers *ret)
{
        struct arena *a = fleet->arena;
        const struct facts *f = fleet->in->facts;
        for (size_t i = 0; i < f->servers.len; i++) {
                const struct fact_server *s = &f->servers.items[i];
                if (s->idle_in_tx_frac > 0)
                        *vec_push(a, &ret->fleet) = (struct evidence){"idle in transaction", arena_printf(a, "%.0f %% of the time that %s's connections are in use, they wait for their program: "
                                                                     "a shorter hold beats a bigger pool%s", 100 * s->idle_in_tx_frac, s->target, holders_text(a, f))};
        }
        if (!isnan(fleet->cpu_frac) && isnan(fleet->active_cap))
                *vec_push(a, &ret->fleet) = (struct evidence){"database", arena_printf(a, fleet->cpu_known ? "it keeps %.0f %% of its CPUs busy: they are not the limit"
                                                                                       : fleet->cpu_frac <= 0.6 ? "its CPUs are at most %.0f %% busy: they are not the limit"
                                                                                       : "sessions that execute something would fill %.0f %% of its CPUs, if none of them waited: "
                                                                                         "unknown, since the CPU of its processes was not seen. No cap", 100 * fleet->cpu_frac)};
        if (!isnan(fleet->budget))
                *vec_push(a, &ret->fleet) = (struct evidence){"budget", pool_budget_text(fleet)};
        double now = pool_connections_total(fleet, false), after = pool_connections_total(fleet, true);
        *vec_push(a, &ret->fleet) = (struct evidence){"connections", arena_printf(a, "at most %.0f now, %.0f as advised", now + fleet->pooler_slots, after + fleet->pooler_slots)};
}

static void answer_pooler(struct pool_fleet *fleet, struct pool_answers *ret)
{
        struct arena *a = fleet->arena;
        struct pool_alternative *x = arena_new_of(a, struct pool_alternative);
        pool_alternative_find(fleet, x);
        ret->pooler_known = x->known;
        if (!x->known)
                return;
        ret->pooler = (struct pool_answer){.subject = "one shared pooler", .title = pool_alternative_text(fleet, x), .curve = x->curve, .want_lo = x->need.want_lo,
                                           .want_hi = x->need.want, .knee = x->need.knee, .offered = x->need.offered, .error_frac = x->need.error_frac};
        ret->pooler.all = every_size(a, &x->need, &x->curve);
        ret->pooler_instead_of = x->instead_of;
        *vec_push(a, &ret->fleet) = (struct evidence){"alternative", ret->pooler.title};
}

void pool_answers(const struct advise_in *in, struct pool_answers *ret)
{
        struct pool_fleet fleet;
        pool_fleet_collect(&fleet, in);
        bool *chosen = arena_alloc(in->arena, fleet.settings.len + 1);
        for (size_t i = 0; i < fleet.settings.len; i++) {
                chosen[i] = !pool_refusal(&fleet, &fleet.settings.items[i]);
                if (chosen[i])
                        pool_wish(&fleet.settings.items[i]);
        }
        if (!isnan(fleet.budget))
                pool_fit_budget(&fleet, chosen);
        for (size_t i = 0; i < fleet.settings.len; i++)
                answer(&fleet, vec_push(in->arena, &ret->items), &fleet.settings.items[i]);
        describe_fleet(&fleet, ret);
        answer_pooler(&fleet, ret);
}
