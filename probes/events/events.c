/*
 * The events probe: datagrams of the application (OpenTelemetry names over DogStatsD) become histograms per interval of 5 s, so
 * that any window can be put together from whole intervals. Pool waits, cache hits by key, ready times and round trips
 * are seen nowhere else.
 */
#include "base/str.h"
#include "base/sys.h"
#include "probes/events/gather.h"
#include "probes/events/listen.h"
#include "probes/probe.h"

#include <stdio.h>

enum { TAKE_US = 200000, INTERVAL_MIN_US = 1000000, INTERVAL_MAX_US = 5000000, INTERVALS = 30, ONE_ROUND_US = 1500000, TRACE_ROWS = 10000 };

struct events {
        const struct probe_env *env;
        struct listener *listener;
        struct gather *gather;
        int64_t began_us, next_us, interval_began_us;
        size_t trace_row;       /* the next one to be written */
        bool finishing, closing, done;
};

/* Facts that stand on one metric each. */
static const struct {
        const char *fact, *metric;
} facts[] = {
        {"fact_event_wait", "db.client.connection.wait_time"}, {"fact_event_use", "db.client.connection.use_time"},
        {"fact_operation", "db.client.operation.duration"},    {"fact_ready", "process.ready"},
        {"fact_ipc", "ipc.rtt"},                               {"fact_request", "request.duration"},
};

static void take_datagram(void *arg, char *bytes, size_t len, int64_t at_us)
{
        gather_datagram(arg, bytes, len, at_us);
}

static int open_probe(const struct probe_env *env, void **ret_state, struct err *err)
{
        struct events *e = arena_new_of(env->arena, struct events);
        e->env = env;
        e->began_us = e->interval_began_us = sys.monotonic_us();
        e->next_us = e->began_us + TAKE_US;
        int r = listener_open(env->target->dsn, &e->listener, err);
        if (r < 0)
                return r;
        *ret_state = e;
        e->gather = gather_new(0);
        return e->gather ? 0 : err_set(err, ERR_IO, "no memory for events");
}

static int64_t due(void *state)
{
        struct events *e = state;
        if (e->done)
                return PROBE_DONE;
        return e->closing || (e->finishing && e->env->duration_us) ? 0 : e->next_us;
}

static void say_events(struct events *e, const struct gather_totals *t)
{
        struct sink *k = e->env->sink;
        char reason[200], remedy[300];
        int64_t dropped = listener_dropped(e->listener);
        if (!t->events) {
                snprintf(remedy, sizeof remedy, "give the programs PERFADVISE_EVENTS=%.200s and the helper of examples/bots", e->env->target->dsn);
                k->status(k->arg, "fact_event_loss", FACT_EMPTY, t->malformed ? "only malformed datagrams arrived" : "no datagram arrived", remedy);
                return;
        }
        snprintf(reason, sizeof reason, "%lld datagrams of %lld processes, %lld lost, %lld dropped, %lld lines malformed, %lld beyond the limit of series",
                 (long long)t->datagrams, (long long)t->processes, (long long)t->lost, (long long)dropped, (long long)t->malformed,
                 (long long)t->turned_away);
        bool lossy = t->lost * 100 > t->datagrams && str_starts(e->env->target->dsn, "unix:");
        k->status(k->arg, "fact_event_loss", FACT_OK, t->lost || dropped || t->malformed || t->turned_away ? reason : NULL,
                  lossy ? "sysctl net.unix.max_dgram_qlen=512 before the capture, or listen at udp:127.0.0.1:8125" : NULL);
}

static void say_cache(struct events *e, const struct gather_totals *t)
{
        struct sink *k = e->env->sink;
        const char *none = "no cache.request event arrived";
        char sampled[120];
        snprintf(sampled, sizeof sampled, "%lld of %lld accesses kept: those of 1 key in %.0f", (long long)t->trace_rows, (long long)t->accesses,
                 1 / t->trace_frac);
        k->status(k->arg, "fact_cache", t->accesses ? FACT_OK : FACT_EMPTY, t->accesses ? NULL : none, NULL);
        k->status(k->arg, "fact_cache_access", t->accesses ? FACT_OK : FACT_EMPTY, !t->accesses ? none : t->trace_frac < 1 ? sampled : NULL, NULL);
}

static void say_status(struct events *e)
{
        struct sink *k = e->env->sink;
        struct gather_totals t = gather_totals(e->gather);
        say_events(e, &t);
        say_cache(e, &t);
        for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
                char reason[100];
                bool saw = gather_saw(e->gather, facts[i].metric);
                snprintf(reason, sizeof reason, "no %s event arrived", facts[i].metric);
                k->status(k->arg, facts[i].fact, saw ? FACT_OK : FACT_EMPTY, saw ? NULL : reason, NULL);
        }
}

static int emit(struct events *e, int64_t now_us, bool last, struct err *err)
{
        int64_t at = sys.realtime_us();
        sink_begin(e->env->sink);
        gather_emit(e->gather, e->env->sink, at, now_us - e->interval_began_us);
        e->interval_began_us = now_us;
        if (last) {
                gather_emit_end(e->gather, e->env->sink, at);
                say_status(e);
                e->closing = true;
        }
        return sink_end(e->env->sink, true, err);
}

/* The trace goes out in parts, so that the loop can serve others in between. */
static int emit_trace(struct events *e, struct err *err)
{
        sink_begin(e->env->sink);
        e->trace_row = gather_emit_trace(e->gather, e->env->sink, e->trace_row, TRACE_ROWS);
        e->done = e->trace_row >= (size_t)gather_totals(e->gather).trace_rows;
        return sink_end(e->env->sink, true, err);
}

/* One round listens for as long as gauges need to come around. */
static bool is_last(struct events *e, int64_t now_us)
{
        return e->finishing && (e->env->duration_us || now_us - e->began_us >= ONE_ROUND_US);
}

/* Comparisons resample intervals, so a short capture needs short ones: thirty of them, of 1 to 5 s. */
static int64_t interval_of(const struct events *e)
{
        int64_t interval = e->env->duration_us / INTERVALS;
        if (e->env->every_us)
                return e->env->every_us;
        return interval < INTERVAL_MIN_US ? INTERVAL_MIN_US : interval > INTERVAL_MAX_US ? INTERVAL_MAX_US : interval;
}

static int step(void *state, int64_t now_us, struct err *err)
{
        struct events *e = state;
        int64_t interval = interval_of(e);
        e->next_us = now_us + TAKE_US;
        if (e->closing)
                return emit_trace(e, err);
        listener_take(e->listener, take_datagram, e->gather);
        if (is_last(e, now_us))
                return emit(e, now_us, true, err);
        return now_us - e->interval_began_us >= interval ? emit(e, now_us, false, err) : 0;
}

static int finish(void *state, struct err *err)
{
        (void)err;
        struct events *e = state;
        e->finishing = true;
        return 0;
}

static void close_probe(void *state)
{
        struct events *e = state;
        e->listener = listener_close(e->listener);
        e->gather = gather_free(e->gather);
}

const struct probe probe_events = {
        .name = "events",
        .target_kind = "events",
        .doc = "pool waits, cache requests, ready and round trip times that the application sends",
        .open = open_probe,
        .due = due,
        .step = step,
        .finish = finish,
        .close = close_probe,
};
