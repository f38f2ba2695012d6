/*
 * The body of the three process probes: look around /proc every few seconds, because smaps_rollup walks page tables and is not
 * free for the process looked at. A program that is declared but has no process is a fact too; a process that this user may
 * not look into has unknown memory, not zero.
 */
#include "probes/process/process.h"
#include "base/sys.h"

#include <string.h>
#include <unistd.h>

enum { EVERY_US = 5000000 };

struct process_probe {
        const struct probe_env *env;
        struct programs programs;
        int64_t next_us;
        int64_t seen, without_memory, by_command_line;
        bool finishing, done, blind;
};

static const struct program *listed(const struct finder *f, pid_t pid)
{
        for (size_t i = 0; i < f->found.len; i++)
                if (f->found.items[i].pid == pid)
                        return f->found.items[i].program;
        return NULL;
}

void finder_add(struct finder *f, const struct program *p, const char *process, pid_t pid)
{
        struct proc_stat s;
        if (f->found.len == PROCESSES_MAX || listed(f, pid) || !proc_stat(pid, &s) || s.state == 'Z')
                return;
        *vec_push(f->arena, &f->found) = (struct found){.program = p, .process = process, .pid = pid, .stat = s};
}

static bool look_at(void *arg, pid_t pid)
{
        struct finder *f = arg;
        if (pid == f->self)
                return true;
        if (f->pid_path)
                pidfile_recognise(f, pid);
        else if (f->pattern)
                command_recognise(f, pid);
        else
                supervisor_recognise(f, pid);
        return f->found.len < PROCESSES_MAX;
}

static void look_around(struct process_probe *p, struct arena *a, struct finder *f)
{
        const struct probe_target *t = p->env->target;
        *f = (struct finder){.arena = a, .programs = &p->programs, .self = getpid()};
        if (!strcmp(t->kind, "pidfile")) {
                f->pid_path = t->dsn;
                pidfile_look_up(f);
        } else if (!strcmp(t->kind, "command")) {
                f->pattern = t->dsn;
        }
        proc_each(look_at, f);
        for (size_t i = 0; i < f->found.len; i++)
                f->found.items[i].main = listed(f, f->found.items[i].stat.ppid) != f->found.items[i].program;
}

static struct cell known_int(const char *name, int64_t v)
{
        return v < 0 ? NONE(name) : INT(name, v);
}

static void emit_process(struct process_probe *p, const struct found *x)
{
        struct proc_memory m = proc_memory(x->pid);
        p->seen++;
        p->without_memory += m.pss < 0;
        EMIT(p->env->sink, "process_sample", TEXT("program", x->program->name), TEXT("process", x->process), INT("pid", x->pid), INT("main", x->main),
             known_int("started_us", x->stat.started_us ? x->stat.started_us : -1), known_int("pss_bytes", m.pss),
             known_int("rss_bytes", m.rss), known_int("private_bytes", m.private_), known_int("shared_bytes", m.shared),
             known_int("swap_bytes", m.swap), known_int("fds", proc_fds(x->pid)), known_int("fd_limit", proc_fd_limit(x->pid)),
             INT("threads", x->stat.threads), INT("cpu_us", x->stat.cpu_us));
}

static void emit_program(struct process_probe *p, const struct finder *f, const struct program *g)
{
        int running = 0;
        for (size_t i = 0; i < f->found.len; i++)
                running += f->found.items[i].program == g && f->found.items[i].main;
        EMIT(p->env->sink, "process_program", TEXT("program", g->name), known_int("processes_declared", g->processes),
             f->blind ? NONE("processes_running") : INT("processes_running", running), TEXT("command", g->command), TEXT("directory", g->directory), TEXT("source", g->source),
             g->source_line ? INT("source_line", g->source_line) : NONE("source_line"), TEXT("autorestart", g->autorestart),
             known_int("startsecs", g->startsecs));
}

static void say_status(struct process_probe *p)
{
        struct sink *k = p->env->sink;
        if (p->blind)
                k->status(k->arg, "fact_process", FACT_DENIED, "the pid file cannot be read", "run capture as a user who may read it");
        else if (!p->seen)
                k->status(k->arg, "fact_process", FACT_EMPTY, "no process of the declared programs runs on this host", NULL);
        else if (p->without_memory == p->seen)
                k->status(k->arg, "fact_process", FACT_DENIED, "memory of other users' processes cannot be read; sizes are unknown",
                          "run capture as the user of the fleet, or with CAP_SYS_PTRACE");
        else
                k->status(k->arg, "fact_process", FACT_OK, p->without_memory  ? "memory of some processes cannot be read"
                                                    : p->by_command_line ? "recognised by command line: the environment cannot be read" : NULL, NULL);
}

static int look(struct process_probe *p, struct err *err)
{
        struct finder f;
        struct arena *a = arena_new();
        look_around(p, a, &f);
        p->by_command_line += f.by_command_line;
        p->blind = f.blind;
        sink_begin(p->env->sink);
        for (size_t i = 0; i < f.found.len; i++)
                emit_process(p, &f.found.items[i]);
        for (size_t i = 0; i < p->programs.items.len; i++)
                emit_program(p, &f, &p->programs.items.items[i]);
        if (p->done)
                say_status(p);
        arena_free(a);
        return sink_end(p->env->sink, true, err);
}

static int open_probe(const struct probe_env *env, void **ret_state, struct err *err)
{
        struct process_probe *p = arena_new_of(env->arena, struct process_probe);
        p->env = env;
        int r = 0;
        if (!strcmp(env->target->kind, "supervisor"))
                r = supervisor_programs(env->arena, env->target->dsn, &p->programs, err);
        else
                single_program(env->arena, env->target, &p->programs);
        if (r == 0)
                *ret_state = p;
        return r;
}

static int64_t due(void *state)
{
        struct process_probe *p = state;
        return p->done ? PROBE_DONE : p->finishing ? 0 : p->next_us;
}

static int step(void *state, int64_t now_us, struct err *err)
{
        struct process_probe *p = state;
        p->next_us = now_us + (p->env->every_us ? p->env->every_us : EVERY_US);
        p->done = p->finishing || p->env->duration_us == 0;
        return look(p, err);
}

static int finish(void *state, struct err *err)
{
        (void)err;
        struct process_probe *p = state;
        p->finishing = true;
        return 0;
}

#define PROCESS_PROBE(kind, text)                                                                                      \
        const struct probe probe_##kind = {                                                                            \
                .name = "process",                                                                                     \
                .target_kind = #kind,                                                                                  \
                .doc = text,                                                                                           \
                .open = open_probe,                                                                                    \
                .due = due,                                                                                            \
                .step = step,                                                                                          \
                .finish = finish,                                                                                      \
        }

PROCESS_PROBE(supervisor, "programs of a supervisord configuration, their processes and memory");
PROCESS_PROBE(pidfile, "the process in a pid file, and those below it");
PROCESS_PROBE(command, "processes whose command line matches a pattern");
