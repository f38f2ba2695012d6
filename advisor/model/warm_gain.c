/*
 * Is it worth loading the Redis tier before it is asked, and with what? docs/models/warm_gain.md.
 *
 * The captured requests are split in time: keys are ranked on the first part, the gain is predicted on the rest, and only a gain of a
 * point or more over the first requests after a cold start becomes a schedule: a YAML file, its keys, and the crontab line that runs it.
 */
#include "base/fs.h"
#include "base/num.h"
#include "base/str.h"
#include "model/model.h"
#include "model/warm_plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
        ACCESSES_MAX = 4000000,
        KEYS_MAX = 100000,
        DB_BUDGET_S = 120,
        ELAPSED_MAX_S = 600,
};
static const double worth = 0.01;

struct warming {
        const struct advise_in *in;
        struct arena *arena;
        VEC(struct fact_access) requests;  /* to the cascade: each request once, at the tier that answered it or Redis */
        size_t capacity;
        const char *service;
        struct warm_plan plan;
};

static void add_evidence(struct warming *w, struct recommendation *rec, const char *label, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void add_evidence(struct warming *w, struct recommendation *rec, const char *label, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        *vec_push(w->arena, &rec->evidence) = (struct evidence){label, arena_vprintf(w->arena, fmt, ap)};
        va_end(ap);
}

/* ── Gathering ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static bool printable(const char *template_)
{
        if (!*template_)
                return false;
        for (const unsigned char *p = (const unsigned char *)template_; *p; p++)
                if (*p < 0x20 || *p == 0x7f)
                        return false;
        return true;
}

/*
 * A restart empties the memory of the processes as well, so what their memory answered in the capture would come to Redis first: the
 * requests to the cascade are replayed, not the few that reached Redis while memory was full.
 */
static int gather(struct warming *w, struct err *err)
{
        struct facts *f = (struct facts *)w->in->facts; /* loading on demand is what the accesses are for */
        if (!f->accesses.len && w->in->store) {
                int r = facts_load_accesses(f, w->in->store, ACCESSES_MAX, err);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < f->accesses.len; i++) {
                const struct fact_access *a = &f->accesses.items[i];
                if (printable(a->template_) && (a->tier == 1 || a->hit)) /* a miss of memory comes again as a request to Redis */
                        *vec_push(w->arena, &w->requests) = *a;
        }
        warm_fill_loads(w->requests.items, w->requests.len);
        w->service = "cache";
        if (f->stores.len) {
                const struct fact_store *s = &f->stores.items[0];
                w->service = s->target;
                if (s->maxmemory_bytes > 0 && s->keys > 0)
                        w->capacity = (size_t)fmax(1, s->maxmemory_bytes / (s->used_bytes / s->keys) * f->trace_frac);
        }
        return 0;
}

static void predict(struct warming *w)
{
        const struct facts *f = w->in->facts;
        struct warm_limits limits = {.capacity = w->capacity, .keys = KEYS_MAX, .rate_hz = f->config->warm_qps, .elapsed_s = ELAPSED_MAX_S / 2.0,
                                     .db_time_s = DB_BUDGET_S, .followed = f->trace_frac};
        warm_plan(w->arena, w->requests.items, w->requests.len, &limits, &w->plan);
}

/* ── Files ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static const char *keys_text(struct warming *w)
{
        CLEANUP(str_release) struct str s = {0};
        for (size_t i = 0; i < w->plan.n_keys; i++)
                str_printf(&s, "%s\t%016llx\n", w->plan.keys[i].template_, (unsigned long long)w->plan.keys[i].key);
        return arena_strdup(w->arena, str_text(&s));
}

static int local_hour(int64_t at_us)
{
        time_t at = (time_t)(at_us / 1000000);
        struct tm tm;
        return localtime_r(&at, &tm) ? tm.tm_hour : 0;
}

/* The hour before which traffic rises most, in local time as crontab lines are; -1 when the trace is no whole day. */
static int rising_hour(const struct warming *w)
{
        double by_hour[24] = {0};
        const struct fact_access *r = w->requests.items;
        size_t n = w->requests.len;
        if (r[n - 1].at_us - r[0].at_us < INT64_C(20) * 3600 * 1000000)
                return -1;
        for (size_t i = 0; i < n; i++)
                by_hour[local_hour(r[i].at_us)]++;
        int best = 0;
        for (int h = 1; h < 24; h++)
                if (by_hour[h] - by_hour[h - 1] > by_hour[best] - by_hour[(best + 23) % 24])
                        best = h;
        return best;
}

static const char *schedule_text(struct warming *w)
{
        const struct warm_prediction *p = &w->plan.p[0];
        const struct fact_access *r = w->requests.items;
        return arena_printf(w->arena,
                            "# Warming schedule of perfadvise, run by `perfadvise --config FILE warm run THIS-FILE`; perfadvise-schedule(5).\n"
                            "version: 1\n"
                            "service: %s\n"
                            "made_from: { requests: %zu, window_s: %.0f, held_out: %zu, followed: %g }\n"
                            "defaults: { rate_per_s: %.0f, db_time_budget_s: %d }\n"
                            "stop_when: { elapsed_over_s: %d, redis_used_memory_over: 0.85 }\n"
                            "jobs:\n"
                            "  - name: after-restart\n"
                            "    tier: redis\n"
                            "    items: { keys_file: %s.keys, order: gain_per_db_ms, count: %zu }\n"
                            "    load: { via: app-command }\n"
                            "    predicted: { over_first: %zu, hit_from: %.4f, hit_to: %.4f, gain_lo: %.4f, gain_hi: %.4f, db_ms_saved: %.0f }\n",
                            w->service, w->requests.len, (double)(r[w->requests.len - 1].at_us - r[0].at_us) / 1e6, p->over,
                            w->in->facts->trace_frac, w->in->facts->config->warm_qps, DB_BUDGET_S, ELAPSED_MAX_S, w->service, w->plan.n_keys, p->over, p->cold,
                            p->warm, p->lo, p->hi, p->db_ms_saved);
}

/* A word of a crontab line: single-quoted for sh when it needs to be, and % is cron's newline. NULL when it cannot be written. */
static const char *cron_word(struct arena *a, const char *word)
{
        CLEANUP(str_release) struct str s = {0};
        bool plain = true;
        for (const char *p = word; *p; p++) {
                if ((unsigned char)*p < 0x20)
                        return NULL;
                plain &= strchr("/._-+,:@", *p) != NULL || (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z');
        }
        if (plain)
                return word;
        str_add_char(&s, '\'');
        for (const char *p = word; *p; p++)
                *p == '\'' ? str_add(&s, "'\\''") : *p == '%' ? str_add(&s, "\\%") : str_add_char(&s, *p);
        str_add_char(&s, '\'');
        return arena_strdup(a, str_text(&s));
}

static void add_cron(struct warming *w, struct recommendation *rec, const char *when, const char *marker, const char *schedule)
{
        struct arena *a = w->arena;
        const struct config *c = w->in->facts->config;
        const char *program = cron_word(a, c->program ? c->program : "perfadvise"), *config = c->path ? fs_realpath(a, c->path) : NULL;
        const char *file = cron_word(a, schedule);
        config = config ? cron_word(a, config) : c->path ? cron_word(a, c->path) : NULL;
        if (!program || !file || !config) {
                add_evidence(w, rec, "by hand", "its paths cannot stand in a crontab: run the schedule after each restart");
                return;
        }
        *vec_push(a, &rec->changes) = (struct change){
                .kind = CHANGE_cron_line, .phase = PHASE_WARM, .knob = arena_printf(a, "cron %s", marker), .path = c->apply_crontab, .object = marker,
                .after = arena_printf(a, "%s %s --config %s --quiet warm run %s", when, program, config, file), .size_bytes = NAN};
}

static void write_changes(struct warming *w, struct recommendation *rec)
{
        struct arena *a = w->arena;
        const struct config *c = w->in->facts->config;
        if (!c->apply_schedule_dir || !c->warm_command) {
                add_evidence(w, rec, "by hand", "set %s in the configuration, and the schedule is written by apply",
                             !c->warm_command ? (c->apply_schedule_dir ? "warm.command" : "apply.schedules and warm.command") : "apply.schedules");
                return;
        }
        const char *schedule = arena_printf(a, "%s/%s.yaml", c->apply_schedule_dir, w->service), *keys = arena_printf(a, "%s/%s.keys", c->apply_schedule_dir, w->service);
        *vec_push(a, &rec->changes) = (struct change){.kind = CHANGE_file_whole, .phase = PHASE_WARM, .knob = keys, .path = keys, .after = keys_text(w), .size_bytes = NAN};
        *vec_push(a, &rec->changes) = (struct change){.kind = CHANGE_schedule, .phase = PHASE_WARM, .knob = schedule, .path = schedule,
                                                      .after = schedule_text(w), .size_bytes = NAN};
        if (!c->apply_crontab) {
                add_evidence(w, rec, "by hand", "apply.crontab is not set: run `perfadvise warm run %s` after each restart of Redis", schedule);
                return;
        }
        add_cron(w, rec, "@reboot", arena_printf(a, "perfadvise warm %s", w->service), schedule);
        int hour = rising_hour(w);
        if (hour >= 0)
                add_cron(w, rec, arena_printf(a, "40 %d * * *", (hour + 23) % 24), arena_printf(a, "perfadvise warm %s daily", w->service), schedule);
}

/* ── Advice ─────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void recommend(struct warming *w, struct advise_out *out, const struct finding *finding)
{
        struct arena *a = w->arena;
        const struct warm_prediction *p = &w->plan.p[0];
        char keys[32], saved[32];
        double target = w->in->facts->config->objectives[FIGURE_CACHE_HIT], cold = p->cold, warm = p->warm;
        struct recommendation *rec = vec_push(a, &out->recommendations);
        *rec = (struct recommendation){.key = finding->key, .rule = finding->rule, .subject = finding->subject, .model = "warm_gain",
                                       .title = arena_printf(a, "warm %s after a restart with %s keys", w->service, num_count(keys, (double)w->plan.n_keys)),
                                       .risk = RISK_LOW, .risk_why = "reads at a bounded rate, stops on its limits, present keys are left alone",
                                       .undo = "rollback removes the schedule, its keys and the crontab line", .confidence = p->lo > worth ? 0.85 : 0.6};
        for (size_t h = 0; h < w->plan.n_p; h++)
                add_evidence(w, rec, arena_printf(a, "first %zu requests", w->plan.p[h].over), "hit ratio of all tiers %.1f %% cold, %.1f %% warmed; gain %.1f .. %.1f points, %s of database time saved",
                             100 * w->plan.p[h].cold, 100 * w->plan.p[h].warm, 100 * w->plan.p[h].lo, 100 * w->plan.p[h].hi, num_ms(saved, w->plan.p[h].db_ms_saved));
        add_evidence(w, rec, "keys", "%zu, bound by %s; loading them takes %.1f s of database time at %.0f a second", w->plan.n_keys, w->plan.limit, w->plan.load_s,
                     w->in->facts->config->warm_qps);
        add_evidence(w, rec, "ranked by", "%s, each %zu requests long%s", warm_method_names[w->plan.method], w->plan.window,
                     w->plan.trials[w->plan.method].tried ? "; the best of what was tried at earlier moments of the trace" : "");
        add_evidence(w, rec, "proved on", "%zu moment%s of %zu requests: the %zu that followed each, which the ranking had not seen", w->plan.moments, num_s((double)w->plan.moments),
                     w->requests.len, p->over);
        if (w->in->facts->trace_frac < 1)
                add_evidence(w, rec, "sampled", "the trace follows %.0f %% of the keys: only those can be warmed", 100 * w->in->facts->trace_frac);
        *vec_push(a, &rec->effects) = (struct effect){
                .figure = "cache_hit", .unit = "frac", .before = cold, .after = warm, .lo = cold + p->lo, .hi = cold + p->hi,
                .method = arena_printf(a, "replay of held-out requests, the first %zu after a cold start", p->over)};
        rec->cost = arena_printf(a, "%.0f s of loading after each restart", (double)w->plan.n_keys / w->in->facts->config->warm_qps);
        rec->rank = cold < target ? fmin(1, (warm - cold) / (target - cold)) * 0.8 : 0.1;
        write_changes(w, rec);
}

static const char *too_short(struct warming *w)
{
        const struct fact_access *r = w->requests.items;
        size_t n = w->requests.len;
        if (!n)
                return "no cache trace was captured: the application sends no cache events";
        double minutes = (double)(r[n - 1].at_us - r[0].at_us) / 60e6;
        double more = ceil(fmax(1, minutes * ((double)WARM_REQUESTS_MIN / (double)n - 1)));
        return arena_printf(w->arena, "trace too short: %zu cache requests, %d are needed; about %.0f more minute%s", n, WARM_REQUESTS_MIN, more, num_s(more));
}

static int advise(const struct advise_in *in, struct advise_out *out, struct err *err)
{
        struct warming w = {.in = in, .arena = in->arena};
        int r = gather(&w, err);
        if (r < 0 || !in->n)
                return r;
        const struct finding *finding = in->rows[0].finding;
        const char *why = NULL;
        if (w.requests.len < WARM_REQUESTS_MIN) {
                why = too_short(&w);
        } else {
                predict(&w);
                double gain = w.plan.n_p ? w.plan.p[0].warm - w.plan.p[0].cold : 0;
                if (gain < worth)
                        why = arena_printf(in->arena, "warming is not worth it: %.1f points (%.1f .. %.1f) over the first %zu requests", 100 * gain,
                                           w.plan.n_p ? 100 * w.plan.p[0].lo : 0.0, w.plan.n_p ? 100 * w.plan.p[0].hi : 0.0, w.plan.n_p ? w.plan.p[0].over : 0);
        }
        if (why)
                *vec_push(in->arena, &out->unknown) = (struct evidence){finding->subject, why};
        else
                recommend(&w, out, finding);
        return 0;
}

const struct model model_warm_gain = {
        .name = "warm_gain",
        .doc = "which keys to load into Redis after a restart, and what that gains, proved on held-out requests",
        .advise = advise,
};
