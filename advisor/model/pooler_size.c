#include "model/pooler_size.h"
#include "base/num.h"
#include "base/str.h"
#include "model/pool_answer.h"
#include "model/pool_change.h"

#include <math.h>
#include <string.h>

/* The row that names this pooler: by target, by database, or as "target/database". */
static const struct finding *finding_for(const struct pool_fleet *fleet, const struct fact_pooler *p)
{
        const struct advise_in *in = fleet->in;
        for (size_t i = 0; i < in->n; i++) {
                const char *target = rule_row_text(&in->rows[i], "target"), *database = rule_row_text(&in->rows[i], "database");
                const struct finding *f = in->rows[i].finding;
                if (!f || !str_starts(f->rule, "pgb."))
                        continue;
                bool by_columns = target && !strcmp(target, p->target) && (!database || !p->database || !strcmp(database, p->database));
                bool by_subject = f->subject && (!strcmp(f->subject, p->target) || (p->database && strstr(f->subject, p->database)));
                if (by_columns || by_subject)
                        return f;
        }
        return NULL;
}

/* Holds of all pools behind the pooler: the shape of the distribution; PgBouncer's own totals give its mean. */
static struct hist *holds_behind(const struct pool_fleet *fleet)
{
        struct hist *h = arena_new_of(fleet->arena, struct hist);
        for (size_t i = 0; i < fleet->settings.len; i++)
                for (size_t k = 0; fleet->settings.items[i].behind_pooler && k < fleet->settings.items[i].traffic.len; k++)
                        hist_merge(h, fleet->settings.items[i].traffic.items[k].use);
        if (h->count)
                return h;
        /* Without events: a lognormal of CV2 5.5, as mixed traffic has it (docs/models/pool_size.md). */
        static const double sigma = 1.368; /* sqrt(ln(1 + 5.5)) */
        for (int i = 0; i < 1000; i++) {
                double u = (i + 0.5) / 1000;
                hist_add(h, exp(sigma * log(u / (1 - u)) / 1.702) * 10000);
        }
        return h;
}

/* The ini value that counts for this database: its own pool_size, else default_pool_size. */
static const struct fact_value *ini_value(const struct facts *f)
{
        for (size_t i = 0; i < f->values.len; i++) {
                const struct fact_value *v = &f->values.items[i];
                if (v->format && !strcmp(v->format, "ini") && (!strcmp(v->knob, "default_pool_size") ||
                    (v->key_path && str_ends(v->key_path, "default_pool_size"))))
                        return v;
        }
        return NULL;
}

static const char *refusal(const struct fact_pooler *p)
{
        if (isnan(p->xact_hz) || isnan(p->hold_ms) || !(p->hold_ms > 0))
                return "its transaction totals were not captured twice";
        if (isnan(p->pool_size) || p->pool_size < 1)
                return "its pool size is unknown";
        return p->xacts < 200 ? "capture too short: fewer than 200 transactions" : NULL;
}

/* Smallest pool for the transactions behind the pooler; bursts are fitted to the mean wait that PgBouncer itself counted. */
static bool solve(struct pool_fleet *fleet, const struct fact_pooler *p, struct pool_need *need)
{
        struct pool_traffic *t = arena_new_of(fleet->arena, struct pool_traffic);
        struct hist *h = holds_behind(fleet);
        double mean, cv2;
        pool_hist_moments(h, &mean, &cv2);
        *t = (struct pool_traffic){.program = p->target, .processes = 1, .rate_hz = p->xact_hz, .use = h, .hold_scale = p->hold_ms / mean,
                                   .wait_p95_ms = NAN};
        /* PgBouncer counts the mean wait only; its p95 is some three times that in the exponential tail of a busy queue. */
        if (p->wait_mean_ms > 0)
                t->wait_p95_ms = 3 * p->wait_mean_ms;
        *need = (struct pool_need){.traffic = t, .n = 1, .objective_ms = fleet->in->facts->config->objectives[FIGURE_POOL_WAIT],
                                   .size_now = (int)p->pool_size};
        if (!pool_need_solve(fleet->arena, need))
                return false;
        need->checkouts = p->xacts;
        need->error_frac = sqrt((1 + cv2) / p->xacts);
        return true;
}

/* What PgBouncer may have: not more than direct pools leave when they are as small as they can be. */
static int cut_to_server(const struct pool_fleet *fleet, int want, double other_poolers)
{
        if (isnan(fleet->budget))
                return want;
        double room = fleet->budget - other_poolers;
        for (size_t i = 0; i < fleet->settings.len; i++)
                if (!fleet->settings.items[i].behind_pooler && !isnan(fleet->settings.items[i].processes))
                        room -= fleet->settings.items[i].processes;
        return want <= room ? want : room < 1 ? 1 : (int)room;
}

static void write_change(struct pool_fleet *fleet, struct recommendation *rec, const struct fact_pooler *p, int size)
{
        const char *why;
        struct change c;
        bool raises = size > p->pool_size;
        const struct fact_value *v = ini_value(fleet->in->facts);
        if (!v) {
                pool_evidence(fleet->arena, rec, "by hand", "pgbouncer.ini is not among the sources: set default_pool_size = %d there and RELOAD", size);
                return;
        }
        if (!pool_change_value(fleet->arena, v, "default_pool_size", size, raises, NULL, &c, &why)) {
                pool_evidence(fleet->arena, rec, "by hand", "%s", why);
                return;
        }
        c.kind = CHANGE_pgbouncer_setting;
        c.phase = raises ? PHASE_RAISE : PHASE_LOWER;
        c.target = p->target;
        c.key_path = "default_pool_size";
        c.reload = true;
        *vec_push(fleet->arena, &rec->changes) = c;
}

static void advise_pooler(struct pool_fleet *fleet, struct advise_out *out, const struct fact_pooler *p, const struct finding *finding,
                          const struct pool_need *need, int size)
{
        struct arena *a = fleet->arena;
        char hold[32], wait[32], maxwait[32];
        struct recommendation *rec = vec_push(a, &out->recommendations);
        *rec = (struct recommendation){
                .key = finding->key, .rule = finding->rule, .model = "pool_size", .subject = arena_printf(a, "%s/%s", p->target, p->database),
                .title = arena_printf(a, "PgBouncer %s: default_pool_size %.0f -> %d", p->target, p->pool_size, size), .confidence = 0.85,
                .undo = "rollback writes the old number back and reloads PgBouncer",
                .risk = RISK_LOW, .risk_why = "RELOAD keeps clients; existing server connections stay",
                .cost = arena_printf(a, "%+.0f server connections per database and role", size - p->pool_size)};
        pool_evidence(a, rec, "traffic", "%.1f transactions/s, server held %s, %s", p->xact_hz, num_ms(hold, p->hold_ms),
                      pool_error_text(a, need, fleet->in->facts->window_s));
        pool_evidence(a, rec, "wait now", "mean %s, longest %s, %.0f clients waiting at once", num_ms(wait, p->wait_mean_ms),
                      num_ms(maxwait, p->maxwait_ms), p->cl_waiting_max);
        pool_evidence(a, rec, "wait p95 by size", "%s (upper 95 %% of the load)", pool_curve_text(a, need, size));
        *vec_push(a, &rec->curves) = pool_answer_curve(a, need, rec->subject, (int)p->pool_size, size);
        if (need->burst > 1.05)
                pool_evidence(a, rec, "bursts", "the measured wait is that of %.1f times the load: sized for that", need->burst);
        if (size < need->want)
                pool_evidence(a, rec, "short", "%d would be right; the server has no more connections to give", need->want);
        double now = need->traffic->wait_p95_ms, after = pool_need_wait_ms(need, need->wait_ms, size);
        *vec_push(a, &rec->effects) = (struct effect){
                .figure = "pool_wait_p95_ms", .unit = "ms", .before = isnan(now) ? pool_need_wait_ms(need, need->wait_ms, need->size_now) : now,
                .after = after, .lo = pool_need_wait_ms(need, need->wait_lo_ms, size), .hi = pool_need_wait_ms(need, need->wait_hi_ms, size),
                .method = "simulation of captured holds at PgBouncer's own mean"};
        rec->rank = now > need->objective_ms ? 0.9 : 0.2;
        write_change(fleet, rec, p, size);
}

void pooler_size_advise(struct pool_fleet *fleet, struct advise_out *out)
{
        const struct facts *f = fleet->in->facts;
        for (size_t i = 0; i < f->poolers.len; i++)
                fleet->pooler_slots += isnan(f->poolers.items[i].pool_size) ? 0 : f->poolers.items[i].pool_size;
        for (size_t i = 0; i < f->poolers.len; i++) {
                const struct fact_pooler *p = &f->poolers.items[i];
                const struct finding *finding = finding_for(fleet, p);
                const char *why = finding ? refusal(p) : NULL;
                struct pool_need *need = arena_new_of(fleet->arena, struct pool_need);
                if (why)
                        *vec_push(fleet->arena, &out->unknown) = (struct evidence){arena_printf(fleet->arena, "%s/%s", p->target, p->database), why};
                if (!finding || why || !solve(fleet, p, need))
                        continue;
                bool session = p->pool_mode && !strcmp(p->pool_mode, "session");
                int want = session && p->clients_max > need->want ? (int)p->clients_max : need->want;
                int size = cut_to_server(fleet, want, fleet->pooler_slots - p->pool_size);
                if (size == (int)p->pool_size) {
                        *vec_push(fleet->arena, &out->unknown) = (struct evidence){
                                arena_printf(fleet->arena, "%s/%s", p->target, p->database), "its size is right for the captured load"};
                        continue;
                }
                advise_pooler(fleet, out, p, finding, need, size);
                fleet->pooler_slots += size - p->pool_size;
        }
}
