#include "cmd/capturing.h"
#include "base/sys.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
        stop_signal = number;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };

static void catch_signals(struct sigaction old[SIGNAL_COUNT])
{
        struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND}; /* a second Ctrl-C does not wait */
        stop_signal = 0;
        for (int i = 0; i < SIGNAL_COUNT; i++) {
                sigaction(signals[i], NULL, &old[i]);
                if (old[i].sa_handler != SIG_IGN) /* nohup stays nohup */
                        sigaction(signals[i], &act, NULL);
        }
}

static void release_signals(const struct sigaction old[SIGNAL_COUNT])
{
        for (int i = 0; i < SIGNAL_COUNT; i++)
                sigaction(signals[i], &old[i], NULL);
}

/* ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool wanted(const char **only, const char *name)
{
        for (const char **o = only; o && *o; o++)
                if (!strcmp(*o, name))
                        return true;
        return !only || !*only;
}

static void add(struct capturing *c, const char **only, struct probe_target t)
{
        if (wanted(only, t.name))
                *vec_push(c->app->arena, &c->targets) = t;
}

static bool named(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->targets.len; i++)
                if (!strcmp(config->targets.items[i].name, name))
                        return true;
        return false;
}

static int check_names(const struct capturing *c, const char **only, struct err *err)
{
        for (const char **o = only; o && *o; o++) {
                bool found = false;
                for (size_t i = 0; i < c->targets.len; i++)
                        found |= !strcmp(c->targets.items[i].name, *o);
                if (!found) {
                        err_set(err, ERR_USAGE, "no target '%s'", *o);
                        return err_hint(err, "Targets stand under targets: in perfadvise.yaml; host, events and source are built in.");
                }
        }
        return 0;
}

int capturing_targets(struct capturing *c, const char **only, struct err *err)
{
        int r = app_config_with_targets(c->app, err);
        if (r < 0)
                return r;
        const struct config *config = c->app->config;
        for (size_t i = 0; i < config->targets.len; i++)
                add(c, only, config->targets.items[i]);
        if (!named(config, "host"))
                add(c, only, (struct probe_target){.name = "host", .kind = "host", .dsn = ""});
        if (config->events_listen && !named(config, "events"))
                add(c, only, (struct probe_target){.name = "events", .kind = "events", .dsn = config->events_listen});
        if (config->source_roots[0] && !named(config, "source") && probe_for_kind("source"))
                add(c, only, (struct probe_target){.name = "source", .kind = "source", .dsn = config->source_roots[0],
                                                   .roots = config->source_roots, .ignore = config->source_ignore, .tests = config->source_tests});
        return check_names(c, only, err);
}

/* ── Callbacks of the engine ──────────────────────────────────────────────────────────────────────────────────────── */

static struct sink *sink_for(void *arg, const struct probe_target *t)
{
        struct capturing *c = arg;
        int64_t id;
        if (store_target(c->store, t->name, t->kind, &id, &c->store_err) < 0)
                return NULL;
        return store_sink(c->store, c->run, id);
}

static void keep_outcome(void *arg, const struct capture_result *r)
{
        struct capturing *c = arg;
        int64_t id;
        struct err err = {0};
        const char *name = r->probe ? r->probe->name : r->target->kind;
        if (store_target(c->store, r->target->name, r->target->kind, &id, &err) < 0 ||
            store_run_probe(c->store, c->run, id, name, capture_outcome_names[r->outcome], r->err.code ? r->err.msg : NULL, r->wall_us,
                            r->cpu_us, r->steps, r->records, &err) < 0)
                c->store_err = c->store_err.code ? c->store_err : err;
        *(r->outcome == CAPTURE_OK ? &c->ok : r->outcome == CAPTURE_PARTIAL ? &c->partial : &c->failed) += 1;
}

static void show_progress(void *arg, int64_t elapsed_us, size_t running, int64_t records)
{
        struct capturing *c = arg;
        if (c->duration_us && elapsed_us < c->duration_us)
                app_progress(c->app, "capture: %.0f of %.0f s, %zu targets, %lld records", (double)elapsed_us / 1e6,
                             (double)c->duration_us / 1e6, running, (long long)records);
        else
                app_progress(c->app, "capture: finishing, %zu of %zu targets, %lld records", running, c->targets.len, (long long)records);
}

static void show_line(void *arg, const char *line)
{
        struct capturing *c = arg;
        if (c->app->verbose)
                app_note(c->app, "%s", line);
}

int capturing_run(struct capturing *c, struct err *err)
{
        struct sigaction old[SIGNAL_COUNT];
        const struct capture_spec spec = {.targets = c->targets.items, .target_count = c->targets.len, .duration_us = c->duration_us,
                                          .every_us = c->every_us, .explain = true, .literals = c->app->config->privacy_literals,
                                          .stop = &stop_signal, .arg = c, .sink_for = sink_for, .done = keep_outcome,
                                          .progress = show_progress, .log = show_line};
        c->results = arena_alloc(c->app->arena, (c->targets.len + 1) * sizeof *c->results);
        int64_t began = sys.monotonic_us();
        catch_signals(old);
        capture_run(c->app->arena, &spec, c->results);
        c->stopped_by = stop_signal;
        release_signals(old);
        app_progress(c->app, NULL);
        c->wall_us = sys.monotonic_us() - began;
        if (c->store_err.code) {
                *err = c->store_err;
                return -(int)err->code;
        }
        return 0;
}

const char *capturing_outcome(const struct capturing *c)
{
        if (!c->ok && !c->partial)
                return "failed";
        return c->failed || c->partial || c->stopped_by ? "partial" : "ok";
}

/* design.md section 4: where several apply, 7, 5, 2, 3, 4. */
static int gravity(enum err_code code)
{
        static const int order[] = {4, 3, 2, 5, 7};
        for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
                if (err_exit_status(code) == order[i])
                        return i;
        return -1;
}

int capturing_verdict(const struct capturing *c, struct err *err)
{
        const struct capture_result *worst = NULL;
        for (size_t i = 0; i < c->targets.len; i++) {
                const struct capture_result *r = &c->results[i];
                if (r->outcome == CAPTURE_FAILED && (!worst || gravity(r->err.code) > gravity(worst->err.code)))
                        worst = r;
        }
        if (!worst)
                return 0;
        const struct err *why = &worst->err;
        err_at(err, why->code, *why->file ? why->file : NULL, why->line, why->col, "target '%s': %s", worst->target->name, why->msg);
        err->state = c->targets.len == c->failed ? "nothing was captured" : "what the other targets gave is kept";
        err_hint(err, "%s", worst->err.hint[0] ? worst->err.hint : "`perfadvise doctor` says what each probe can see, and what it lacks.");
        return -(int)err->code;
}

void capturing_die_by_signal(const struct capturing *c)
{
        if (!c->stopped_by)
                return;
        fflush(stdout);
        signal(c->stopped_by, SIG_DFL);
        raise(c->stopped_by);
}
