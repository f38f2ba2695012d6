#include "probes/proc.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *proc_root = "/proc";
const char *cgroup_root = "/sys/fs/cgroup";

enum { STRINGS_MAX = 128 << 10 };

static ssize_t read_whole(const char *path, char *ret, size_t size)
{
        CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        size_t n = 0;
        if (fd < 0)
                return -1;
        while (n + 1 < size) {
                ssize_t got = read(fd, ret + n, size - 1 - n);
                if (got < 0)
                        return -1;
                if (got == 0)
                        break;
                n += (size_t)got;
        }
        ret[n] = 0;
        return (ssize_t)n;
}

ssize_t proc_read(char *ret, size_t size, const char *fmt, ...)
{
        char name[256], path[512];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(name, sizeof name, fmt, ap);
        va_end(ap);
        snprintf(path, sizeof path, "%s/%s", proc_root, name);
        return read_whole(path, ret, size);
}

int64_t proc_kb_line(const char *text, const char *name)
{
        size_t len = strlen(name);
        for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
                if (!strncmp(p, name, len) && p[len] == ':')
                        return strtoll(p + len + 1, NULL, 10) << 10;
        return -1;
}

/* Realtime of boot, from the btime line: whole seconds, but the same in all processes. */
static int64_t boot_us(void)
{
        static int64_t boot;
        char text[16384], *line;
        if (!boot && proc_read(text, sizeof text, "stat") > 0 && (line = strstr(text, "\nbtime ")))
                boot = strtoll(line + 7, NULL, 10) * 1000000;
        return boot;
}

bool proc_stat(pid_t pid, struct proc_stat *ret)
{
        char text[1024];
        if (proc_read(text, sizeof text, "%d/stat", (int)pid) <= 0)
                return false;
        char *after = strrchr(text, ')'); /* the name may hold anything */
        unsigned long long utime, stime, start;
        long long threads;
        int ppid;
        char state;
        if (!after || sscanf(after + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %lld %*d %llu", &state,
                             &ppid, &utime, &stime, &threads, &start) != 6)
                return false;
        long hz = sysconf(_SC_CLK_TCK);
        *ret = (struct proc_stat){.ppid = ppid, .state = state, .threads = threads,
                                  .cpu_us = (int64_t)(utime + stime) * 1000000 / hz,
                                  .started_us = boot_us() ? boot_us() + (int64_t)start * 1000000 / hz : 0};
        return true;
}

/* Of children that ended. */
static int64_t waited_for_us(pid_t pid)
{
        char text[1024];
        long long utime, stime;
        char *after = proc_read(text, sizeof text, "%d/stat", (int)pid) > 0 ? strrchr(text, ')') : NULL;
        if (!after || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld %lld", &utime, &stime) != 2)
                return -1;
        return (utime + stime) * 1000000 / sysconf(_SC_CLK_TCK);
}

int64_t proc_family_cpu_us(pid_t pid)
{
        enum { CHILDREN_BYTES = 64 << 10 }; /* some eight thousand */
        struct proc_stat s;
        int64_t sum = waited_for_us(pid);
        char *children = malloc(CHILDREN_BYTES);
        ssize_t n = children ? proc_read(children, CHILDREN_BYTES, "%d/task/%d/children", (int)pid, (int)pid) : -1;
        if (sum < 0 || n < 0 || !proc_stat(pid, &s)) {
                free(children);
                return -1;
        }
        sum += s.cpu_us;
        char *at = children, *end;
        for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
                if (proc_stat((pid_t)child, &s))
                        sum += s.cpu_us; /* else it ended just now: with the next look it is among those waited for */
        free(children);
        return sum;
}

struct proc_memory proc_memory(pid_t pid)
{
        struct proc_memory m = {-1, -1, -1, -1, -1};
        char text[8192];
        if (proc_read(text, sizeof text, "%d/smaps_rollup", (int)pid) > 0) {
                m.pss = proc_kb_line(text, "Pss");
                m.rss = proc_kb_line(text, "Rss");
                m.swap = proc_kb_line(text, "Swap");
                int64_t pc = proc_kb_line(text, "Private_Clean"), pd = proc_kb_line(text, "Private_Dirty");
                int64_t sc = proc_kb_line(text, "Shared_Clean"), sd = proc_kb_line(text, "Shared_Dirty");
                m.private_ = pc < 0 || pd < 0 ? -1 : pc + pd;
                m.shared = sc < 0 || sd < 0 ? -1 : sc + sd;
        } else if (proc_read(text, sizeof text, "%d/status", (int)pid) > 0) {
                m.rss = proc_kb_line(text, "VmRSS");
                m.swap = proc_kb_line(text, "VmSwap");
        }
        return m;
}

int64_t proc_fds(pid_t pid)
{
        char path[512];
        snprintf(path, sizeof path, "%s/%d/fd", proc_root, (int)pid);
        DIR *d = opendir(path);
        if (!d)
                return -1;
        int64_t n = 0;
        for (struct dirent *e; (e = readdir(d));)
                n += e->d_name[0] != '.';
        closedir(d);
        return n;
}

int64_t proc_fd_limit(pid_t pid)
{
        char text[4096];
        if (proc_read(text, sizeof text, "%d/limits", (int)pid) <= 0)
                return -1;
        const char *line = strstr(text, "Max open files");
        char *end = NULL;
        long long v = line ? strtoll(line + 14, &end, 10) : -1;
        return end == line + 14 ? -1 : v;
}

static char *read_strings(struct arena *a, pid_t pid, const char *file, size_t *ret_len)
{
        char *buffer = malloc(STRINGS_MAX), *copy = NULL;
        ssize_t n = buffer ? proc_read(buffer, STRINGS_MAX, "%d/%s", (int)pid, file) : -1;
        if (n > 0) {
                copy = arena_alloc(a, (size_t)n + 1);
                memcpy(copy, buffer, (size_t)n);
                *ret_len = (size_t)n;
        }
        free(buffer);
        return copy;
}

char *proc_cmdline(struct arena *a, pid_t pid, size_t *ret_len)
{
        return read_strings(a, pid, "cmdline", ret_len);
}

char *proc_environ(struct arena *a, pid_t pid, size_t *ret_len)
{
        return read_strings(a, pid, "environ", ret_len);
}

const char *proc_env_get(const char *environ_, size_t len, const char *name)
{
        size_t n = strlen(name);
        for (const char *p = environ_; p && p < environ_ + len; p += strlen(p) + 1)
                if (!strncmp(p, name, n) && p[n] == '=')
                        return p + n + 1;
        return NULL;
}

void proc_each(bool (*f)(void *arg, pid_t pid), void *arg)
{
        DIR *d = opendir(proc_root);
        bool more = d != NULL;
        for (struct dirent *e; more && (e = readdir(d));) {
                char *end;
                long pid = strtol(e->d_name, &end, 10);
                if (pid > 0 && !*end)
                        more = f(arg, (pid_t)pid);
        }
        if (d)
                closedir(d);
}

/* ── cgroups ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The group of a controller ("" is v2), from lines "4:memory:/path". */
static bool group_path(const char *text, const char *controller, char *ret, size_t size)
{
        for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
                const char *names = strchr(p, ':'), *path = names ? strchr(names + 1, ':') : NULL;
                if (!path)
                        return false;
                size_t len = strlen(controller);
                for (const char *n = names + 1; n <= path; n += strcspn(n, ",:") + 1) {
                        size_t l = strcspn(n, ",:");
                        if (l == len && !strncmp(n, controller, l)) {
                                snprintf(ret, size, "%.*s", (int)strcspn(path + 1, "\n"), path + 1);
                                return true;
                        }
                }
        }
        return false;
}

static int64_t group_number(const char *base, const char *group, const char *file)
{
        char path[2048], text[64], *end;
        snprintf(path, sizeof path, "%s%s/%s", base, group, file);
        if (read_whole(path, text, sizeof text) <= 0)
                return -1;
        long long v = strtoll(text, &end, 10);
        return end == text || v >= INT64_C(0x7ffffffffffff000) ? -1 : v; /* "max", or v1's way of saying none */
}

static int64_t group_line(const char *base, const char *group, const char *file, const char *name)
{
        char path[2048], text[4096];
        size_t len = strlen(name);
        snprintf(path, sizeof path, "%s%s/%s", base, group, file);
        if (read_whole(path, text, sizeof text) <= 0)
                return -1;
        for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
                if (!strncmp(p, name, len) && p[len] == ' ')
                        return strtoll(p + len + 1, NULL, 10);
        return -1;
}

struct level {
        const char *base, *limit_file, *current_file, *oom_file, *source;
};

/* From the group up to the root: the tightest limit wins, and what it holds is what counts against it. */
static void climb(struct proc_cgroup *c, const struct level *l, char *group)
{
        for (bool first = true;; first = false) {
                int64_t limit = group_number(l->base, group, l->limit_file);
                int64_t current = group_number(l->base, group, l->current_file);
                if (limit >= 0 && (c->memory_limit < 0 || limit < c->memory_limit)) {
                        c->memory_limit = limit;
                        c->memory_current = current;
                        c->source = l->source;
                } else if (first || c->memory_current < 0) {
                        c->memory_current = current;
                }
                if (c->oom_kills < 0)
                        c->oom_kills = group_line(l->base, group, l->oom_file, "oom_kill");
                char *slash = strrchr(group, '/');
                if (!slash || !*group)
                        return;
                *slash = 0;
        }
}

static void cpu_of(struct proc_cgroup *c, const char *base, char *group)
{
        for (;;) {
                if (c->cpu_periods < 0) {
                        c->cpu_periods = group_line(base, group, "cpu.stat", "nr_periods");
                        c->cpu_throttled = group_line(base, group, "cpu.stat", "nr_throttled");
                }
                char *slash = strrchr(group, '/');
                if (!slash || !*group)
                        return;
                *slash = 0;
        }
}

struct proc_cgroup proc_cgroup(struct arena *a, pid_t pid)
{
        struct proc_cgroup c = {-1, -1, -1, -1, -1, NULL};
        char text[8192], group[1024];
        if (proc_read(text, sizeof text, "%d/cgroup", (int)pid) <= 0)
                return c;
        const char *v1_memory = arena_printf(a, "%s/memory", cgroup_root), *v1_cpu = arena_printf(a, "%s/cpu", cgroup_root);
        const struct level v2 = {cgroup_root, "memory.max", "memory.current", "memory.events", "cgroup v2 memory.max"};
        const struct level v1 = {v1_memory, "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control",
                                 "cgroup v1 memory.limit_in_bytes"};
        if (group_path(text, "", group, sizeof group)) {
                climb(&c, &v2, group);
                group_path(text, "", group, sizeof group);
                cpu_of(&c, cgroup_root, group);
        }
        if (group_path(text, "memory", group, sizeof group))
                climb(&c, &v1, group);
        if (group_path(text, "cpu", group, sizeof group))
                cpu_of(&c, v1_cpu, group);
        return c;
}
