/* Targets that are one program: a pid file, or a pattern of command lines. */
#include "base/fs.h"
#include "probes/process/process.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIDFILE_MAX = 4096 };

void single_program(struct arena *a, const struct probe_target *t, struct programs *ret)
{
        static const char *none[] = {NULL};
        bool pattern = !strcmp(t->kind, "command");
        *vec_push(a, &ret->items) = (struct program){.name = t->name, .command = pattern ? t->dsn : NULL, .source = pattern ? NULL : t->dsn,
                                                     .process_names = none, .processes = -1, .startsecs = -1};
}

void pidfile_look_up(struct finder *f)
{
        char *text;
        size_t len;
        f->main_pid = 0;
        errno = 0;
        if (fs_read(f->arena, f->pid_path, PIDFILE_MAX, &text, &len, NULL) == 0)
                f->main_pid = (pid_t)strtol(text, NULL, 10); /* some servers write more lines below the pid */
        else
                f->blind = access(f->pid_path, F_OK) == 0 || errno != ENOENT;
}

/* The main process, and what descends from it. */
void pidfile_recognise(struct finder *f, pid_t pid)
{
        pid_t at = pid;
        for (int depth = 0; f->main_pid > 0 && at > 1 && depth < 16; depth++) {
                struct proc_stat s;
                if (at == f->main_pid) {
                        finder_add(f, &f->programs->items.items[0], NULL, pid);
                        return;
                }
                if (!proc_stat(at, &s))
                        return;
                at = s.ppid;
        }
}

/* The pattern meets the whole command line, arguments joined by blanks; without a star it may stand anywhere in it. */
void command_recognise(struct finder *f, pid_t pid)
{
        size_t len;
        char *line = proc_cmdline(f->arena, pid, &len);
        if (!line)
                return;
        for (size_t i = 0; i + 1 < len; i++)
                if (!line[i])
                        line[i] = ' ';
        bool star = strpbrk(f->pattern, "*?[") != NULL;
        if (star ? fnmatch(f->pattern, line, 0) == 0 : strstr(line, f->pattern) != NULL)
                finder_add(f, &f->programs->items.items[0], NULL, pid);
}
