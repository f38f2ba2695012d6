/*
 * The source probe: reads one file a step, so that the poll loop stays lively, then relates what it read and emits it as one
 * sample. It runs once; a capture does not look at sources again.
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/sys.h"
#include "probes/source/python/python.h"

#include <stdlib.h>
#include <string.h>

enum phase { PHASE_WALK, PHASE_READ, PHASE_POOLS, PHASE_SITES, PHASE_CACHES, PHASE_REST, PHASE_EMIT, PHASE_DONE };

enum { SLICE_US = 20000 }; /* of one step, so that the poll loop goes on */

struct state {
        struct source source;
        struct python python;
        struct sink *sink;
        enum phase phase;
        size_t next;
};

static void state_free(struct state *st)
{
        if (!st)
                return;
        arena_free(st->source.scratch);
        arena_free(st->source.arena);
        free(st);
}
DEFINE_CLEANUP(struct state *, state_free)

static int source_open(const struct probe_env *env, void **ret_state, struct err *err)
{
        CLEANUP(state_free) struct state *st = calloc(1, sizeof *st);
        static const char *none[] = {NULL};
        if (!env->target->roots || !env->target->roots[0])
                return err_set(err, ERR_CONFIG, "source target '%s' has no roots", env->target->name);
        if (!st)
                return err_set(err, ERR_IO, "source target '%s': out of memory", env->target->name);
        st->sink = env->sink;
        st->source = (struct source){.arena = arena_new(), .scratch = arena_new(), .roots = env->target->roots, .ignore = env->target->ignore ? env->target->ignore : none,
                                      .tests = env->target->tests, .python = &st->python};
        st->python.source = &st->source;
        struct table *const tables[] = {&st->python.names, &st->python.calls, &st->python.modules, &st->python.defined, &st->python.pool_calls};
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
                tables[i]->arena = st->source.arena;
        for (const char **root = env->target->roots; *root; root++)
                if (!fs_exists(*root))
                        return err_errno(err, ERR_TARGET, "source folder '%s'", *root);
        *ret_state = take(st);
        return 0;
}

static int64_t source_due(void *state)
{
        const struct state *st = state;
        return st->phase == PHASE_DONE ? PROBE_DONE : 0;
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

static void note_pooler(struct source *s, const struct file *f)
{
        if (f->lang != LANG_INI || !config_has_prefix(f, "pgbouncer"))
                return;
        const struct entry *port = config_get(f, "pgbouncer.listen_port"), *mode = config_get(f, "pgbouncer.pool_mode");
        s->pgbouncer_port = port ? atoi(port->value) : 6432;
        s->pgbouncer_mode = mode ? mode->value : "session";
}

static void read_next(struct state *st)
{
        struct source *s = &st->source;
        if (st->next == s->files.len) {
                st->phase = PHASE_POOLS;
                return;
        }
        struct file *f = s->files.items[st->next++];
        if (f->is_left_out)
                return;
        if (f->lang != LANG_PYTHON) {
                file_read(f);
                note_pooler(s, f);
                return;
        }
        file_read(f);
        size_t before = st->python.functions.len;
        python_index(f);
        for (size_t i = before; i < st->python.functions.len; i++) {
                const char *name = st->python.functions.items[i]->name;
                *table_put(&st->python.defined, name, strlen(name)) = st->python.functions.items[i];
        }
}

static void identify(struct state *st)
{
        char *root = fs_realpath(st->source.arena, st->source.roots[0]);
        if (root)
                st->sink->identity(st->sink->arg, root);
}

static int source_step(void *state, int64_t now_us, struct err *err)
{
        (void)now_us;
        struct state *st = state;
        switch (st->phase) {
        case PHASE_WALK:
                walk_tree(&st->source);
                st->phase = PHASE_READ;
                break;
        case PHASE_READ:
                read_next(st);
                break;
        case PHASE_POOLS:
                programs_find(&st->source);
                pools_find(&st->source);
                programs_link(&st->source);
                st->phase = PHASE_SITES;
                st->next = 0;
                break;
        case PHASE_SITES:
                for (int64_t until = sys.monotonic_us() + SLICE_US; st->phase == PHASE_SITES && sys.monotonic_us() < until;)
                        if (!sites_find_next(&st->source, st->next++))
                                st->phase = PHASE_CACHES;
                break;
        case PHASE_CACHES:
                caches_find(&st->source);
                st->phase = PHASE_REST;
                st->next = 0;
                break;
        case PHASE_REST:
                for (int64_t until = sys.monotonic_us() + SLICE_US; st->next < st->source.files.len && sys.monotonic_us() < until; st->next++)
                        if (st->source.files.items[st->next]->lang == LANG_PYTHON)
                                statements_rest(st->source.files.items[st->next]);
                if (st->next == st->source.files.len)
                        st->phase = PHASE_EMIT;
                break;
        case PHASE_EMIT:
                st->phase = PHASE_DONE;
                identify(st);
                sink_begin(st->sink);
                emit_all(&st->source, st->sink);
                return sink_end(st->sink, true, err);
        case PHASE_DONE:
                break;
        }
        return 0;
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
