/*
 * Processes of the fleet: which programs are declared, which processes run for them, what those hold. Three kinds of target
 * share one probe body; each gives it a list of programs and a way to recognise their processes.
 *
 *      supervisor  the [program:] sections of a supervisord configuration; supervisorctl is never called
 *      pidfile     one program, its main process in the file, and the processes below it
 *      command     one program, every process whose command line matches a shell pattern
 */
#pragma once
#include "lib/ini.h"
#include "probes/probe.h"
#include "probes/proc.h"

enum { PROGRAMS_MAX = 500, PROCESSES_MAX = 2000 };

struct program {
        const char *name;
        const char *command, *directory, *source, *autorestart;
        const char **process_names; /* as supervisord names them; NULL-terminated */
        int source_line, processes, startsecs; /* -1 unknown */
};

struct programs {
        VEC(struct program) items;
        const char *server_url;  /* supervisor: SUPERVISOR_SERVER_URL of its children, or NULL */
};

/* One running process of a program. */
struct found {
        const struct program *program;
        const char *process;     /* supervisor's name of it, or NULL */
        pid_t pid;
        bool main;               /* not a child of another one of the same program */
        struct proc_stat stat;
};

struct finder {
        struct arena *arena;     /* lives for one look around */
        const struct programs *programs;
        VEC(struct found) found;
        const char *pattern;     /* command */
        const char *pid_path;    /* pidfile */
        pid_t main_pid, self;
        int unreadable;          /* processes whose environment could not be read */
        bool blind;              /* the pid file is there and cannot be read */
        bool by_command_line;    /* at least one was recognised by its command line only */
};

/* supervisor.c */
int supervisor_programs(struct arena *a, const char *path, struct programs *ret, struct err *err);
void supervisor_recognise(struct finder *f, pid_t pid);
/* The command line as argv, split as a shell would (quotes and backslashes only). */
const char **split_command(struct arena *a, const char *command);
bool same_command(const char **argv, const char *cmdline, size_t len);

/* single.c */
void single_program(struct arena *a, const struct probe_target *t, struct programs *ret);
void pidfile_look_up(struct finder *f);
void pidfile_recognise(struct finder *f, pid_t pid);
void command_recognise(struct finder *f, pid_t pid);

void finder_add(struct finder *f, const struct program *p, const char *process, pid_t pid);
