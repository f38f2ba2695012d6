/* The engine with probes made for the purpose: one that works, one that fails, one that never ends. */
#include "probes/engine.h"
#include "base/sys.h"
#include "tests/lib/unit.h"

#include <string.h>
#include <unistd.h>

/* ── A sink that remembers ────────────────────────────────────────────────────────────────────────────────────────── */

struct notes {
        int begun, kept, dropped, records, statuses, pending;
        bool open, refuse;
};

static void note_record(void *arg, int64_t at_us, const char *table, const struct cell *cells, size_t n)
{
        (void)at_us, (void)table, (void)cells, (void)n;
        struct notes *t = arg;
        ck_assert(t->open);
        t->pending++;
}
static void note_begin(void *arg)
{
        struct notes *t = arg;
        ck_assert(!t->open);
        t->open = true;
        t->begun++;
        t->pending = 0;
}
static int note_end(void *arg, bool ok, struct err *err)
{
        struct notes *t = arg;
        t->open = false;
        if (t->refuse)
                return err_set(err, ERR_IO, "disk full");
        *(ok ? &t->kept : &t->dropped) += 1;
        t->records += ok ? t->pending : 0;
        return 0;
}
static void note_status(void *arg, const char *fact, enum fact_status status, const char *reason, const char *remedy)
{
        (void)fact, (void)status, (void)reason, (void)remedy;
        struct notes *t = arg;
        ck_assert(t->open);
        t->statuses++;
}

static struct notes notes[8];
static struct sink sinks[8];

/* The target's dsn is the number of its notes. */
static struct sink *sink_for(void *arg, const struct probe_target *t)
{
        (void)arg;
        int i = t->dsn[0] - '0';
        sinks[i] = (struct sink){.arg = &notes[i], .record = note_record, .begin = note_begin, .end = note_end, .status = note_status};
        return &sinks[i];
}

/* ── Probes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct fake {
        const struct probe_env *env;
        int steps, fd[2];
        int64_t next_us;
        bool finished, done, closed;
};
static struct fake fakes[8];

static int fake_open(const struct probe_env *env, void **ret, struct err *err)
{
        (void)err;
        struct fake *f = &fakes[env->target->dsn[0] - '0'];
        *f = (struct fake){.env = env, .fd = {-1, -1}};
        *ret = f;
        return 0;
}
static int64_t fake_due(void *s)
{
        struct fake *f = s;
        return f->done ? PROBE_DONE : f->finished ? 0 : f->next_us;
}
static int good_step(void *s, int64_t now, struct err *err)
{
        struct fake *f = s;
        f->steps++;
        f->next_us = now + 5000;
        f->done = f->finished;
        sink_begin(f->env->sink);
        EMIT(f->env->sink, "t", INT("n", f->steps));
        EMIT(f->env->sink, "t", INT("n", f->steps));
        return sink_end(f->env->sink, true, err);
}
static int fake_finish(void *s, struct err *err)
{
        (void)err;
        struct fake *f = s;
        ck_assert(!f->finished);
        f->finished = true;
        return 0;
}
static void fake_close(void *s)
{
        struct fake *f = s;
        ck_assert(!f->closed);
        f->closed = true;
}
static const struct probe good = {.name = "good", .open = fake_open, .due = fake_due, .step = good_step, .finish = fake_finish, .close = fake_close};

/* Fails in its third step, with a sample half written. */
static int bad_step(void *s, int64_t now, struct err *err)
{
        struct fake *f = s;
        if (f->steps < 2)
                return good_step(s, now, err);
        sink_begin(f->env->sink);
        EMIT(f->env->sink, "t", INT("n", 99));
        return err_set(err, ERR_TARGET, "connection lost");
}
static const struct probe bad = {.name = "bad", .open = fake_open, .due = fake_due, .step = bad_step, .finish = fake_finish, .close = fake_close};

static int refusing_open(const struct probe_env *env, void **ret, struct err *err)
{
        (void)env, (void)ret;
        return err_set(err, ERR_TARGET, "no such host");
}
static const struct probe refusing = {.name = "refusing", .open = refusing_open, .due = fake_due, .step = good_step, .close = fake_close};

/* Never done, whatever is asked. */
static int64_t endless_due(void *s)
{
        return ((struct fake *)s)->next_us;
}
static const struct probe endless = {.name = "endless", .open = fake_open, .due = endless_due, .step = good_step, .finish = fake_finish, .close = fake_close};

/* Speaks only through a pipe. */
static int piped_open(const struct probe_env *env, void **ret, struct err *err)
{
        int r = fake_open(env, ret, err);
        struct fake *f = *ret;
        f->next_us = PROBE_WAITING;
        ck_assert_int_eq(pipe(f->fd), 0);
        ck_assert_int_eq(write(f->fd[1], "x", 1), 1);
        return r;
}
static int piped_fds(void *s, struct pollfd *out, int max)
{
        (void)max;
        out[0] = (struct pollfd){.fd = ((struct fake *)s)->fd[0], .events = POLLIN};
        return 1;
}
static int piped_on_fd(void *s, const struct pollfd *ready, int n, struct err *err)
{
        (void)err;
        struct fake *f = s;
        char c;
        ck_assert_int_eq(n, 1);
        ck_assert(ready[0].revents & POLLIN);
        ck_assert_int_eq(read(f->fd[0], &c, 1), 1);
        f->env->sink->status(f->env->sink->arg, "heard", FACT_OK, NULL, NULL);
        f->done = true;
        return 0;
}
static const struct probe piped = {.name = "piped", .open = piped_open, .due = fake_due, .fds = piped_fds, .on_fd = piped_on_fd, .step = good_step,
                                   .finish = fake_finish, .close = fake_close};

static const struct probe *by_kind(const char *kind)
{
        static const struct probe *const all[] = {&good, &bad, &refusing, &endless, &piped};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
                if (!strcmp(all[i]->name, kind))
                        return all[i];
        return NULL;
}

static int reported;
static void count_done(void *arg, const struct capture_result *r)
{
        (void)arg, (void)r;
        reported++;
}

static struct arena *arena;
static void run_spec(struct capture_spec *spec, struct capture_result *results)
{
        memset(notes, 0, sizeof notes);
        reported = 0;
        arena = arena_new();
        spec->sink_for = sink_for;
        spec->probe_for = by_kind;
        spec->done = count_done;
        capture_run(arena, spec, results);
        ck_assert_int_eq(reported, (int)spec->target_count);
}

START_TEST(capture_run__one_failing_target_loses_no_other)
{
        const struct probe_target targets[] = {{"a", "good", "0"}, {"b", "bad", "1"}, {"c", "refusing", "2"}, {"d", "nothing", "3"}, {"e", "good", "4"}};
        struct capture_spec spec = {.targets = targets, .target_count = 5, .duration_us = 60000};
        struct capture_result r[5];
        run_spec(&spec, r);
        ck_assert_int_eq(r[0].outcome, CAPTURE_OK);
        ck_assert_int_eq(r[1].outcome, CAPTURE_FAILED);
        ck_assert_str_eq(r[1].err.msg, "connection lost");
        ck_assert_int_eq(r[1].records, 4); /* what it committed before stays */
        ck_assert_int_eq(notes[1].dropped, 1);
        ck_assert(fakes[1].closed);
        ck_assert_int_eq(r[2].outcome, CAPTURE_FAILED);
        ck_assert_str_eq(r[2].err.msg, "no such host");
        ck_assert_int_eq(r[3].outcome, CAPTURE_FAILED);
        ck_assert_int_eq(r[4].outcome, CAPTURE_OK);
        ck_assert_int_ge(r[4].steps, 2);
        ck_assert_int_eq(r[4].records, 2 * fakes[4].steps);
        ck_assert(fakes[0].finished && fakes[0].closed);
        arena_free(arena);
}
END_TEST

START_TEST(capture_run__one_that_never_ends_is_cut_off_and_kept)
{
        const struct probe_target targets[] = {{"a", "endless", "0"}, {"b", "good", "1"}};
        struct capture_spec spec = {.targets = targets, .target_count = 2, .duration_us = 20000, .finish_budget_us = 50000};
        struct capture_result r[2];
        run_spec(&spec, r);
        ck_assert_int_eq(r[0].outcome, CAPTURE_PARTIAL);
        ck_assert_int_gt(r[0].records, 0);
        ck_assert(fakes[0].closed);
        ck_assert_int_eq(r[1].outcome, CAPTURE_OK);
        arena_free(arena);
}
END_TEST

START_TEST(capture_run__one_round_steps_once_and_finishes)
{
        const struct probe_target targets[] = {{"a", "good", "0"}};
        struct capture_spec spec = {.targets = targets, .target_count = 1};
        struct capture_result r[1];
        run_spec(&spec, r);
        ck_assert_int_eq(r[0].outcome, CAPTURE_OK);
        ck_assert_int_eq(fakes[0].steps, 2); /* the first snapshot and the closing one */
        arena_free(arena);
}
END_TEST

START_TEST(capture_run__reads_what_descriptors_bring)
{
        const struct probe_target targets[] = {{"a", "piped", "0"}};
        struct capture_spec spec = {.targets = targets, .target_count = 1, .duration_us = 10000000};
        struct capture_result r[1];
        run_spec(&spec, r);
        ck_assert_int_eq(r[0].outcome, CAPTURE_OK); /* long before the duration is over */
        ck_assert_int_eq(notes[0].statuses, 1);
        ck_assert_int_eq(notes[0].kept, 1); /* a status outside a sample gets one of its own */
        arena_free(arena);
}
END_TEST

/* Its answer is there, its deadline is past: the answer counts. */
static int late_open(const struct probe_env *env, void **ret, struct err *err)
{
        int r = piped_open(env, ret, err);
        ((struct fake *)*ret)->next_us = 0;
        return r;
}
static int late_step(void *s, int64_t now, struct err *err)
{
        (void)s, (void)now;
        return err_set(err, ERR_TARGET, "no answer in time");
}
static const struct probe late = {.name = "late", .open = late_open, .due = fake_due, .fds = piped_fds, .on_fd = piped_on_fd, .step = late_step,
                                  .finish = fake_finish, .close = fake_close};
static const struct probe *always_late(const char *kind)
{
        (void)kind;
        return &late;
}

START_TEST(capture_run__an_answer_that_is_there_comes_before_its_deadline)
{
        const struct probe_target targets[] = {{"a", "late", "0"}};
        struct capture_result r[1];
        struct capture_spec spec = {.targets = targets, .target_count = 1, .duration_us = 10000000, .sink_for = sink_for, .probe_for = always_late};
        memset(notes, 0, sizeof notes);
        arena = arena_new();
        capture_run(arena, &spec, r);
        ck_assert_msg(r[0].outcome == CAPTURE_OK, "%s", r[0].err.msg);
        arena_free(arena);
}
END_TEST

static volatile sig_atomic_t stop;
static int stopping_step(void *s, int64_t now, struct err *err)
{
        stop = 1;
        return good_step(s, now, err);
}
static const struct probe stopping = {.name = "good", .open = fake_open, .due = fake_due, .step = stopping_step, .finish = fake_finish, .close = fake_close};
static const struct probe *always_stopping(const char *kind)
{
        (void)kind;
        return &stopping;
}

START_TEST(capture_run__stop_flag_finishes_early_but_cleanly)
{
        const struct probe_target targets[] = {{"a", "good", "0"}};
        struct capture_result r[1];
        struct capture_spec spec = {.targets = targets, .target_count = 1, .duration_us = INT64_C(3600) * 1000000, .stop = &stop,
                                    .sink_for = sink_for, .probe_for = always_stopping};
        memset(notes, 0, sizeof notes);
        stop = 0;
        arena = arena_new();
        capture_run(arena, &spec, r);
        ck_assert_int_eq(r[0].outcome, CAPTURE_OK);
        ck_assert(fakes[0].finished && fakes[0].closed);
        arena_free(arena);
}
END_TEST

static struct sink *refusing_sink(void *arg, const struct probe_target *t)
{
        struct sink *k = sink_for(arg, t);
        notes[t->dsn[0] - '0'].refuse = true;
        return k;
}

START_TEST(capture_run__a_store_that_refuses_is_an_error_of_the_target)
{
        const struct probe_target targets[] = {{"a", "piped", "0"}};
        struct capture_result r[1];
        struct capture_spec spec = {.targets = targets, .target_count = 1, .sink_for = refusing_sink, .probe_for = by_kind};
        memset(notes, 0, sizeof notes);
        arena = arena_new();
        capture_run(arena, &spec, r);
        ck_assert_int_eq(r[0].outcome, CAPTURE_FAILED);
        ck_assert_str_eq(r[0].err.msg, "disk full");
        ck_assert_int_eq(r[0].err.code, ERR_IO);
        arena_free(arena);
}
END_TEST

UNIT_MAIN(capture_run__one_failing_target_loses_no_other, capture_run__one_that_never_ends_is_cut_off_and_kept,
          capture_run__one_round_steps_once_and_finishes, capture_run__reads_what_descriptors_bring,
          capture_run__an_answer_that_is_there_comes_before_its_deadline, capture_run__stop_flag_finishes_early_but_cleanly,
          capture_run__a_store_that_refuses_is_an_error_of_the_target)
