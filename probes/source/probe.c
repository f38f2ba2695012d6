/*
 * The source probe: a slice of the analysis each step (work.c), so that the poll loop stays lively, then all records as one sample.
 * It runs once; a capture does not look at sources again.
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/sys.h"
#include "probes/source/work.h"

#include <stdlib.h>

enum { SLICE_US = 20000 }; /* of one step, so that the poll loop goes on */

struct state {
        struct work *work;
        struct sink *sink;
        const char *root;
        bool named; /* who hands over a walk asks for the hash of the facts himself */
        bool done;
};

static void state_free(struct state *st)
{
        if (!st)
                return;
        work_free(st->work);
        free(st);
}
DEFINE_CLEANUP(struct state *, state_free)

static int source_open(const struct probe_env *env, void **ret_state, struct err *err)
{
        CLEANUP(state_free) struct state *st = calloc(1, sizeof *st);
        if (!env->target->roots || !env->target->roots[0])
                return err_set(err, ERR_CONFIG, "source target '%s' has no roots", env->target->name);
        if (st && env->target->walked) {
                st->work = env->target->walked;
                work_go_on(st->work, env->target->cache);
        } else if (!st || !(st->work = work_new(env->target, 0))) {
                return err_set(err, ERR_IO, "source target '%s': out of memory", env->target->name);
        }
        st->named = !env->target->walked;
        st->sink = env->sink;
        st->root = env->target->roots[0];
        for (const char **root = env->target->roots; *root; root++)
                if (!fs_exists(*root))
                        return err_errno(err, ERR_TARGET, "source folder '%s'", *root);
        *ret_state = take(st);
        return 0;
}

static int64_t source_due(void *state)
{
        const struct state *st = state;
        return st->done ? PROBE_DONE : 0;
}

static int source_fds(void *state, struct pollfd *fds, int max)
{
        (void)state, (void)fds, (void)max;
        return 0;
}

static int source_on_fd(void *state, const struct pollfd *fds, int n, struct err *err)
{
        (void)state, (void)fds, (void)n, (void)err;
        return 0;
}

static void identify(struct state *st)
{
        struct arena *a = arena_new();
        char *root = fs_realpath(a, st->root);
        if (root)
                st->sink->identity(st->sink->arg, root);
        arena_free(a);
}

static int source_step(void *state, int64_t now_us, struct err *err)
{
        (void)now_us;
        struct state *st = state;
        if (!work_step(st->work, sys.monotonic_us() + SLICE_US))
                return 0;
        st->done = true;
        identify(st);
        char facts[65];
        if (st->named)
                work_facts(st->work, true, facts);
        sink_begin(st->sink);
        work_emit(st->work, st->sink);
        if (st->named)
                EMIT(st->sink, "source_facts", TEXT("facts", facts));
        int r = sink_end(st->sink, true, err);
        if (r == 0)
                work_save(st->work);
        return r;
}

static int source_finish(void *state, struct err *err)
{
        (void)state, (void)err;
        return 0;
}

static void source_close(void *state)
{
        state_free(state);
}

const struct probe probe_source = {
        .name = "source",
        .target_kind = "source",
        .doc = "Python sources and the configuration beside them: pools, caches, statements, call sites",
        .open = source_open,
        .due = source_due,
        .fds = source_fds,
        .on_fd = source_on_fd,
        .step = source_step,
        .finish = source_finish,
        .close = source_close,
};
