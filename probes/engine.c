#include "probes/engine.h"
#include "base/sys.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>

enum { TICK_US = 250000, PROGRESS_US = 1000000, FINISH_BUDGET_US = 30000000 };

const char *const capture_outcome_names[] = {"ok", "partial", "failed"};

/* Counts what passes and gives statuses outside a sample a sample of their own, so that no write goes unreported. */
struct counting_sink {
        struct sink sink;
        struct sink *inner;
        bool open;
        int64_t records, pending;
        struct err err; /* of a record outside a sample */
};

struct running {
        struct probe_env env;
        struct counting_sink counting;
        struct capture_result *result;
        void *state;
        int64_t began_us, finish_at_us;
        bool active, finished;
        size_t poll_at;
        int poll_count;
};

struct engine {
        const struct capture_spec *spec;
        struct running *probes;
        size_t count, active;
        int64_t began_us, end_us, next_progress_us;
        bool ending;
        struct pollfd *fds;
};

/* ── The counting sink ────────────────────────────────────────────────────────────────────────────────────────────── */

static void alone_begin(struct counting_sink *c)
{
        if (!c->open)
                sink_begin(c->inner);
}

static void alone_end(struct counting_sink *c)
{
        struct err err = {0};
        if (!c->open && sink_end(c->inner, true, &err) < 0 && !c->err.code)
                c->err = err;
}

static void count_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        struct counting_sink *c = arg;
        alone_begin(c);
        c->inner->record(c->inner->arg, at_us, table, cells, n);
        *(c->open ? &c->pending : &c->records) += 1;
        alone_end(c);
}

static void count_begin(void *arg)
{
        struct counting_sink *c = arg;
        c->open = true;
        c->pending = 0;
        sink_begin(c->inner);
}

static int count_end(void *arg, bool ok, struct err *err)
{
        struct counting_sink *c = arg;
        int r = sink_end(c->inner, ok, err);
        c->open = false;
        if (ok && r == 0)
                c->records += c->pending;
        return r;
}

static void count_status(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy)
{
        struct counting_sink *c = arg;
        alone_begin(c);
        c->inner->status(c->inner->arg, fact, status, reason, remedy);
        alone_end(c);
}

static void count_identity(void *arg, const char *identity)
{
        struct counting_sink *c = arg;
        alone_begin(c);
        c->inner->identity(c->inner->arg, identity);
        alone_end(c);
}

static void count_reset_mark(void *arg, int64_t at_us, const char *counter, const char *why)
{
        struct counting_sink *c = arg;
        alone_begin(c);
        c->inner->reset_mark(c->inner->arg, at_us, counter, why);
        alone_end(c);
}

static void counting_init(struct counting_sink *c, struct sink *inner)
{
        *c = (struct counting_sink){.inner = inner};
        c->sink = (struct sink){.arg = c,
                                .record = count_record,
                                .begin = count_begin,
                                .end = count_end,
                                .status = count_status,
                                .identity = count_identity,
                                .reset_mark = count_reset_mark};
}

/* ── One probe ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int64_t cpu_now_us(void)
{
        struct rusage u;
        if (getrusage(RUSAGE_THREAD, &u) < 0)
                return 0;
        return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* Ends a probe; a sample that it left open is dropped whole. */
static void conclude(struct engine *e, struct running *p, enum capture_outcome outcome)
{
        struct capture_result *r = p->result;
        int64_t cpu = cpu_now_us();
        if (p->counting.open)
                sink_end(&p->counting.sink, false, NULL);
        if (p->state && r->probe->close)
                r->probe->close(p->state);
        p->state = NULL;
        r->cpu_us += cpu_now_us() - cpu;
        if (outcome == CAPTURE_OK && p->counting.err.code) {
                outcome = CAPTURE_FAILED;
                r->err = p->counting.err;
        }
        r->outcome = outcome;
        r->records = p->counting.records;
        r->wall_us = sys.monotonic_us() - p->began_us;
        if (p->active)
                e->active--;
        p->active = false;
        if (e->spec->done)
                e->spec->done(e->spec->arg, r);
}

/* After each call into a probe: its CPU, and its end when it failed. */
static void account(struct engine *e, struct running *p, int64_t cpu_before, int r)
{
        p->result->cpu_us += cpu_now_us() - cpu_before;
        if (r >= 0 && p->counting.err.code) {
                p->result->err = p->counting.err;
                r = -(int)p->counting.err.code;
        }
        if (r < 0)
                conclude(e, p, CAPTURE_FAILED);
}

static void start(struct engine *e, struct running *p)
{
        struct capture_result *r = p->result;
        p->began_us = sys.monotonic_us();
        if (!r->probe) {
                err_set(&r->err, ERR_CONFIG, "no probe for targets of kind '%s'", r->target->kind);
                conclude(e, p, CAPTURE_FAILED);
                return;
        }
        struct sink *inner = e->spec->sink_for(e->spec->arg, r->target);
        if (!inner) {
                err_set(&r->err, ERR_IO, "no place for the records of '%s'", r->target->name);
                conclude(e, p, CAPTURE_FAILED);
                return;
        }
        counting_init(&p->counting, inner);
        p->active = true;
        e->active++;
        int64_t cpu = cpu_now_us();
        int failed = r->probe->open(&p->env, &p->state, &r->err);
        if (failed < 0 && r->err.code != ERR_CONFIG && r->err.code != ERR_REFUSED)
                r->err.code = ERR_TARGET; /* whatever keeps a target from being opened: it cannot be reached */
        account(e, p, cpu, failed);
}

static void call_finish(struct engine *e, struct running *p)
{
        if (!p->active || p->finished)
                return;
        p->finished = true;
        p->finish_at_us = sys.monotonic_us();
        if (!p->result->probe->finish)
                return;
        int64_t cpu = cpu_now_us();
        account(e, p, cpu, p->result->probe->finish(p->state, &p->result->err));
}

static void call_on_fd(struct engine *e, struct running *p, const struct pollfd *fds, int n)
{
        int64_t cpu = cpu_now_us();
        account(e, p, cpu, p->result->probe->on_fd(p->state, fds, n, &p->result->err));
}

/*
 * Hands over what has arrived already. A probe whose answer is here must not see its deadline first, only because another one
 * kept the loop busy.
 */
static void deliver(struct engine *e, struct running *p)
{
        struct pollfd fds[PROBE_FDS_MAX];
        int n = p->result->probe->fds ? p->result->probe->fds(p->state, fds, PROBE_FDS_MAX) : 0;
        if (n > 0 && poll(fds, (nfds_t)n, 0) > 0)
                call_on_fd(e, p, fds, n);
}

static void call_step(struct engine *e, struct running *p, int64_t now)
{
        deliver(e, p);
        if (!p->active || p->result->probe->due(p->state) > now)
                return;
        int64_t cpu = cpu_now_us();
        p->result->steps++;
        account(e, p, cpu, p->result->probe->step(p->state, now, &p->result->err));
        if (e->spec->duration_us == 0)
                call_finish(e, p);
}

static void end_when_over(struct engine *e, struct running *p, int64_t now)
{
        int64_t budget = e->spec->finish_budget_us ? e->spec->finish_budget_us : FINISH_BUDGET_US;
        int64_t since = p->finished ? p->finish_at_us : e->end_us;
        if (p->result->probe->due(p->state) == PROBE_DONE) {
                conclude(e, p, CAPTURE_OK);
        } else if (now - since > budget && (p->finished || e->spec->duration_us == 0)) {
                err_set(&p->result->err, ERR_TARGET, "not finished within %.0f s; what was captured is kept", (double)budget / 1e6);
                conclude(e, p, p->counting.records ? CAPTURE_PARTIAL : CAPTURE_FAILED);
        }
}

/* ── The loop ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void run_due(struct engine *e)
{
        for (size_t i = 0; i < e->count; i++) {
                struct running *p = &e->probes[i];
                int64_t now = sys.monotonic_us();
                if (p->active && p->result->probe->due(p->state) <= now)
                        call_step(e, p, now);
                if (p->active)
                        end_when_over(e, p, now);
        }
}

static int poll_timeout_ms(struct engine *e, int64_t now)
{
        int64_t wait = TICK_US;
        if (!e->ending && e->spec->duration_us && e->end_us - now < wait)
                wait = e->end_us - now;
        for (size_t i = 0; i < e->count; i++) {
                if (!e->probes[i].active)
                        continue;
                int64_t due = e->probes[i].result->probe->due(e->probes[i].state);
                if (due < PROBE_WAITING && due - now < wait)
                        wait = due - now;
        }
        return wait <= 0 ? 0 : (int)((wait + 999) / 1000);
}

static void wait_for_input(struct engine *e)
{
        size_t n = 0;
        for (size_t i = 0; i < e->count; i++) {
                struct running *p = &e->probes[i];
                p->poll_count = 0;
                if (!p->active || !p->result->probe->fds)
                        continue;
                p->poll_at = n;
                p->poll_count = p->result->probe->fds(p->state, e->fds + n, PROBE_FDS_MAX);
                n += (size_t)p->poll_count;
        }
        if (poll(e->fds, n, poll_timeout_ms(e, sys.monotonic_us())) <= 0)
                return;
        for (size_t i = 0; i < e->count; i++) {
                struct running *p = &e->probes[i];
                bool ready = false;
                for (int f = 0; f < p->poll_count; f++)
                        ready |= e->fds[p->poll_at + (size_t)f].revents != 0;
                if (!p->active || !ready)
                        continue;
                call_on_fd(e, p, e->fds + p->poll_at, p->poll_count);
        }
}

static void end_when_time_is_up(struct engine *e)
{
        bool stopped = e->spec->stop && *e->spec->stop;
        bool over = e->spec->duration_us && sys.monotonic_us() >= e->end_us;
        if (e->ending || (!stopped && !over))
                return;
        e->ending = true;
        for (size_t i = 0; i < e->count; i++)
                call_finish(e, &e->probes[i]);
}

static void report_progress(struct engine *e)
{
        int64_t now = sys.monotonic_us();
        if (!e->spec->progress || now < e->next_progress_us)
                return;
        e->next_progress_us = now + PROGRESS_US;
        int64_t records = 0;
        for (size_t i = 0; i < e->count; i++)
                records += e->probes[i].counting.records;
        e->spec->progress(e->spec->arg, now - e->began_us, e->active, records);
}

void capture_run(struct arena *a, const struct capture_spec *spec, struct capture_result *results)
{
        struct engine e = {.spec = spec, .count = spec->target_count};
        e.probes = arena_alloc(a, (e.count + 1) * sizeof *e.probes);
        e.fds = arena_alloc(a, (e.count + 1) * PROBE_FDS_MAX * sizeof *e.fds);
        e.began_us = sys.monotonic_us();
        e.end_us = e.began_us + spec->duration_us;
        for (size_t i = 0; i < e.count; i++) {
                struct running *p = &e.probes[i];
                results[i] = (struct capture_result){.target = &spec->targets[i]};
                results[i].probe = (spec->probe_for ? spec->probe_for : probe_for_kind)(spec->targets[i].kind);
                p->result = &results[i];
                p->env = (struct probe_env){.target = &spec->targets[i], .sink = &p->counting.sink, .arena = a,
                                            .duration_us = spec->duration_us, .every_us = spec->every_us,
                                            .budget_us = spec->finish_budget_us ? spec->finish_budget_us : FINISH_BUDGET_US,
                                            .explain = spec->explain, .literals = spec->literals,
                                            .log = spec->log, .log_arg = spec->arg};
                start(&e, p);
        }
        while (e.active) {
                report_progress(&e);
                end_when_time_is_up(&e);
                run_due(&e);
                if (e.active)
                        wait_for_input(&e);
        }
}
