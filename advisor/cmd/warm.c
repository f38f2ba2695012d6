/* warm: runs a warming schedule through the application's own command, within its limits. */
#include "base/fs.h"
#include "base/num.h"
#include "base/sys.h"
#include "act/lock.h"
#include "cmd/cmd.h"
#include "cmd/warm_plan.h"
#include "lib/redis.h"
#include "warm/feed.h"
#include "warm/schedule.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_DRY_RUN, OPT_FORMAT, OPT_KEYS, OPT_KEYS_TO, OPT_OBJECTS, REDIS_WAIT_MS = 2000 };

static const struct option_spec options[] = {
        [OPT_DRY_RUN] = {"dry-run", 0, NULL, "say what would run, and run nothing"},
        [OPT_FORMAT] = {"format", 'f', "NAME", "plan: of the trace, when its first bytes do not tell"},
        [OPT_KEYS] = {"keys", 0, "N", "plan: load at most so many keys"},
        [OPT_KEYS_TO] = {"keys-to", 0, "FILE", "plan: write the keys to be loaded, TEMPLATE<TAB>KEYHASH, the most valuable first"},
        [OPT_OBJECTS] = {"objects", 0, "N", "plan: the cache holds so many objects (default: all)"},
        {0},
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
        stop_signal = number;
}

struct warming {
        struct app *app;
        struct schedule *schedule;
        const char *state_dir;
        struct redis *redis;
        const char *why;
};

/* What Redis says of itself; NAN when it could not be asked. */
struct redis_state {
        double used, max, hits, misses;
};

/* ── Redis ──────────────────────────────────────────────────────────────────────────────────────────────────────── */
static double info_field(const char *info, const char *name)
{
        char wanted[64];
        snprintf(wanted, sizeof wanted, "\n%s:", name);
        const char *p = strstr(info, wanted);
        return p ? strtod(p + strlen(wanted), NULL) : NAN;
}

/* One command and its answer, waiting two seconds at most. */
static int ask(struct redis *r, int argc, const char **argv, struct reply **ret, struct err *err)
{
        int64_t until_us = sys.monotonic_us() + REDIS_WAIT_MS * INT64_C(1000);
        redis_send(r, argc, argv, NULL);
        for (;;) {
                int e = redis_next(r, ret, err);
                if (e)
                        return e < 0 ? e : 0;
                int left = (int)((until_us - sys.monotonic_us()) / 1000);
                struct pollfd fd = {.fd = redis_fd(r), .events = redis_events(r)};
                if (left <= 0 || poll(&fd, 1, left) == 0)
                        return err_set(err, ERR_TARGET, "redis does not answer");
                if ((e = redis_io(r, err)) < 0)
                        return e;
        }
}

static struct redis_state look_at_redis(struct warming *w)
{
        struct redis_state s = {NAN, NAN, NAN, NAN};
        CLEANUP(reply_free) struct reply *reply = NULL;
        if (!w->redis || ask(w->redis, 1, (const char *[]){"INFO"}, &reply, NULL) < 0) {
                w->redis = redis_close(w->redis);
                return s;
        }
        const char *info = reply_text(reply);
        s = (struct redis_state){info_field(info, "used_memory"), info_field(info, "maxmemory"), info_field(info, "keyspace_hits"),
                                 info_field(info, "keyspace_misses")};
        if (!(s.max > 0))
                s.max = info_field(info, "total_system_memory");
        return s;
}

static const char *check(void *arg)
{
        struct warming *w = arg;
        double most = w->schedule->redis_used_memory_over;
        struct redis_state s = look_at_redis(w);
        if (isnan(most) || !(s.max > 0) || s.used / s.max <= most)
                return NULL;
        return w->why = arena_printf(w->app->arena, "Redis is %.0f %% full", 100 * s.used / s.max);
}

static void progress(void *arg, size_t sent, size_t n)
{
        struct warming *w = arg;
        app_progress(w->app, "warming %s: %zu of %zu keys", w->schedule->service, sent, n);
}

/* ── Preparing ──────────────────────────────────────────────────────────────────────────────────────────────────── */
static int command_of(struct warming *w, const char *const **ret_argv, struct err *err)
{
        const struct config *c = w->app->config;
        const char **words;
        size_t n;
        if (!c->trusted) {
                err_set(err, ERR_REFUSED, "warm runs a command, and '%s' was merely found", c->path ? c->path : "no configuration");
                err->state = "nothing was run";
                return err_hint(err, "Name the configuration with --config.");
        }
        if (!c->warm_command) {
                err_at(err, ERR_CONFIG, c->path, 0, 0, "warm.command is not set");
                return err_hint(err, "It is the application's own command that reads TEMPLATE<TAB>KEYHASH lines and loads these keys.");
        }
        int r = schedule_words(w->app->arena, c->warm_command, &words, &n, err);
        if (r < 0)
                return r;
        if (!n || words[0][0] != '/')
                return err_at(err, ERR_CONFIG, c->path, 0, 0, "warm.command must begin with an absolute path");
        for (size_t i = 1; i < n; i++)
                if (!strcmp(words[i], "{rate}"))
                        words[i] = arena_printf(w->app->arena, "%g", w->schedule->rate_per_s);
        *ret_argv = (const char *const *)words;
        return 0;
}

static const char *folder_of(const struct config *c)
{
        return c->warm_dir ? c->warm_dir : c->dir;
}

static void describe(struct warming *w, const struct schedule_job *job, const char *const *argv, size_t n)
{
        CLEANUP(str_release) struct str s = {0};
        char keys[32];
        for (; *argv; argv++)
                str_printf(&s, "%s%s", s.len ? " " : "", *argv);
        printf("%s: %s keys of %s at %g a second: %.0f s\n  runs: %s\n  in:   %s\n", job->name, num_count(keys, (double)n), job->keys_file,
               w->schedule->rate_per_s, (double)n / w->schedule->rate_per_s, str_text(&s), folder_of(w->app->config));
        if (!isnan(w->schedule->elapsed_over_s))
                printf("  ends: after %.0f s at the latest\n", w->schedule->elapsed_over_s);
        if (!isnan(w->schedule->redis_used_memory_over))
                printf("  ends: when Redis is %.0f %% full\n", 100 * w->schedule->redis_used_memory_over);
}

/* ── Running ────────────────────────────────────────────────────────────────────────────────────────────────────── */
static void report(const struct warming *w, const struct schedule_job *job, const struct feed_result *r, struct redis_state before, struct redis_state after)
{
        char b[32], c[32];
        if (w->app->quiet)
                return;
        printf("%s: %zu keys given to the command in %.1f s\n", job->name, r->sent, r->elapsed_s);
        if (!isnan(before.used) && !isnan(after.used))
                printf("  Redis memory %s -> %s; meanwhile %.0f hits, %.0f misses\n", num_bytes(b, before.used), num_bytes(c, after.used),
                       after.hits - before.hits, after.misses - before.misses);
        else
                printf("  Redis before and after: unknown, no redis target answered\n");
        if (!isnan(job->predicted_to))
                printf("  predicted hit ratio over the first %lld requests: %.1f %% instead of %.1f %%\n", (long long)job->predicted_over,
                       100 * job->predicted_to, 100 * job->predicted_from);
        CLEANUP(str_release) struct str text = {0};
        str_add_visible(&text, str_text(&r->output), true);
        if (text.len)
                printf("  it said: %s%s", str_text(&text), str_ends(str_text(&text), "\n") ? "" : "\n");
}

static int judge(const struct schedule_job *job, const struct feed_result *r, struct err *err)
{
        if (r->stopped && !stop_signal) {
                err_set(err, ERR_REFUSED, "job '%s' was ended after %zu keys: %s", job->name, r->sent, r->stopped);
                err->state = "what was loaded stays";
                return -ERR_REFUSED;
        }
        if (r->status && !r->stopped) {
                CLEANUP(str_release) struct str said = {0};
                str_add_visible(&said, str_text(&r->output), false);
                const char *tail = said.len > 200 ? said.buf + said.len - 200 : str_text(&said);
                err_set(err, ERR_IO, "job '%s': the warming command ended with status %d after %zu keys", job->name, r->status, r->sent);
                err->state = "what was loaded stays";
                return said.len ? err_hint(err, "It said: %s", tail) : -ERR_IO;
        }
        return 0;
}

static int run_job(struct warming *w, const struct schedule_job *job, bool dry_run, double elapsed_left_s, struct err *err)
{
        const char *const *argv = NULL;
        const char *lines, *end;
        size_t n;
        int r = command_of(w, &argv, err);
        if (r < 0 || (r = schedule_keys(w->app->arena, job, &lines, &end, &n, err)) < 0)
                return r;
        if (dry_run) {
                describe(w, job, argv, n);
                return 0;
        }
        struct feed f = {.argv = argv, .dir = folder_of(w->app->config), .lines = lines, .end = end, .n = n, .rate_hz = w->schedule->rate_per_s,
                         .elapsed_max_s = elapsed_left_s, .stop = &stop_signal, .check = check, .progress = progress, .arg = w};
        struct feed_result result;
        struct redis_state before = look_at_redis(w);
        r = feed_run(&f, &result, err);
        app_progress(w->app, NULL);
        if (r < 0)
                return r;
        report(w, job, &result, before, look_at_redis(w));
        r = judge(job, &result, err);
        str_release(&result.output);
        return r;
}

static int run_jobs(struct warming *w, bool dry_run, struct err *err)
{
        int64_t began_us = sys.monotonic_us();
        int r = 0;
        for (size_t i = 0; r == 0 && !stop_signal && i < w->schedule->jobs.len; i++)
                r = run_job(w, &w->schedule->jobs.items[i], dry_run, w->schedule->elapsed_over_s - (double)(sys.monotonic_us() - began_us) / 1e6, err);
        return r;
}

/* Two schedules at once would both load the database: one lock of its own, so that a long warming keeps nobody from applying. */
static int lock_warming(struct warming *w, struct lock **ret_lock, struct err *err)
{
        int r = app_state_dir(w->app, true, &w->state_dir, err);
        const char *dir = r == 0 ? fs_join(w->app->arena, w->state_dir, "warm") : NULL;
        if (r == 0)
                r = fs_mkdirs(dir, 0700, err);
        return r < 0 ? r : lock_take(w->app->arena, dir, ret_lock, err);
}

static void open_redis(struct warming *w)
{
        const struct probe_target *t = config_target_of_kind(w->app->config, "redis");
        struct err err = {0};
        if (t && redis_open(t->dsn, &w->redis, &err) < 0)
                app_note(w->app, "redis target '%s': %s; its limits cannot be watched", t->name, err.msg);
}

static void catch_signals(struct sigaction old[3], bool on)
{
        static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
        struct sigaction act = {.sa_handler = on_signal};
        for (int i = 0; i < 3; i++)
                sigaction(signals[i], on ? &act : &old[i], on ? &old[i] : NULL);
}

static int warm_run(struct warming *w, bool dry_run, struct err *err)
{
        CLEANUP(lock_free) struct lock *lock = NULL;
        struct sigaction old[3];
        int r = dry_run ? 0 : lock_warming(w, &lock, err);
        if (r < 0)
                return r;
        if (!dry_run)
                open_redis(w);
        catch_signals(old, true);
        r = run_jobs(w, dry_run, err);
        catch_signals(old, false);
        w->redis = redis_close(w->redis);
        if (stop_signal) {
                fflush(stdout);
                lock = lock_free(lock);
                signal(stop_signal, SIG_DFL);
                raise(stop_signal);
        }
        return r;
}

/* A whole number of at least 1. */
static int whole(const char *name, const char *text, int64_t *ret, struct err *err)
{
        char *end;
        long long v = strtoll(text, &end, 10);
        if (end == text || *end || v < 1 || v > INT32_MAX)
                return err_set(err, ERR_USAGE, "--%s '%s': a whole number of at least 1 is meant", name, text);
        *ret = v;
        return 0;
}

struct request {
        bool dry_run;
        const char *verb, *file;
        struct warm_plan_request plan;
};

static int take_option(struct request *q, int o, const char *value, struct err *err)
{
        switch (o) {
        case OPT_DRY_RUN:
                q->dry_run = true;
                return 0;
        case OPT_FORMAT:
                q->plan.format = value;
                return 0;
        case OPT_KEYS_TO:
                q->plan.keys_file = value;
                return 0;
        case OPT_KEYS:
                return whole("keys", value, &q->plan.keys, err);
        case OPT_OBJECTS:
                return whole("objects", value, &q->plan.objects, err);
        case OPTION_OPERAND:
                if (q->file)
                        return err_set(err, ERR_USAGE, "unexpected argument '%s'", value);
                *(q->verb ? &q->file : &q->verb) = value;
                return 0;
        default:
                return -ERR_USAGE;
        }
}

static int bad_request(const struct request *q, bool plan, struct err *err)
{
        if (q->verb && strcmp(q->verb, "run") && !plan)
                err_set(err, ERR_USAGE, "unknown word '%s' after warm", q->verb);
        else
                err_set(err, ERR_USAGE, plan ? "warm plan needs the file of a trace" : "warm run needs a schedule");
        return err_hint(err, "perfadvise warm run SCHEDULE, or perfadvise warm plan TRACE");
}

static int run(struct app *app, int argc, char **argv, struct err *err)
{
        struct request q = {0};
        const char *value;
        struct option_walk w = option_walk(options, argc, argv);
        for (int o, r; (o = option_next(&w, &value, err)) != OPTION_END;)
                if ((r = take_option(&q, o, value, err)) < 0)
                        return r;
        bool plan = q.verb && !strcmp(q.verb, "plan");
        if (!q.file || (strcmp(q.verb, "run") && !plan))
                return bad_request(&q, plan, err);
        if (plan) {
                q.plan.trace = q.file;
                return warm_plan_file(app, &q.plan, err);
        }
        struct warming warming = {.app = app};
        int r = app_config(app, err);
        if (r == 0)
                r = schedule_load(app->arena, q.file, &warming.schedule, err);
        return r < 0 ? r : warm_run(&warming, q.dry_run, err);
}

const struct command command_warm = {
        .name = "warm",
        .synopsis = "warm run|plan [options] SCHEDULE|TRACE",
        .summary = "load a cache by a schedule, or tell what that would gain",
        .help = "plan: TRACE is a trace of requests to a cache in any format of `trace curve`. Says which keys are worth loading\n"
                "into an empty cache, and the hit ratio over the first 10,000, 50,000 and 200,000 requests with and without them,\n"
                "replayed at moments of the trace that the ranking had not seen; \"not worth it\" below one point.\n"
                "\n"
                "run: runs the application's own warming command (warm.command in trusted configuration, without a shell) and\n"
                "gives it the schedule's keys at the schedule's rate. Ends it at the time limit, on a signal, or when Redis\n"
                "is as full as the schedule allows: exit status 3, and what was loaded stays. One warming at a time.",
        .options = options,
        .run = run,
};
