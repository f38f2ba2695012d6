/*
 * /proc and cgroups, as data. What this user may not read is unknown (-1 or false), never zero. Paths go through proc_root
 * so that tests can bring their own.
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

extern const char *proc_root;   /* "/proc" */
extern const char *cgroup_root; /* "/sys/fs/cgroup" */

/* Reads at most size - 1 bytes of a file below proc_root (printf); NUL-terminates. Bytes read, -1 when it cannot be read. */
ssize_t proc_read(char *ret, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "MemTotal:  123 kB" -> 123 << 10; -1 when the text has no such line. */
int64_t proc_kb_line(const char *text, const char *name);

struct proc_stat {
        pid_t ppid;
        char state;
        int64_t cpu_us, threads, started_us; /* started_us: realtime */
};
bool proc_stat(pid_t pid, struct proc_stat *ret);

/*
 * CPU that a process, its children and those that it waited for have used so far: it grows, whoever comes and goes. Sees one generation.
 * -1 when the process is not there, or the kernel does not list children (/proc/PID/task/PID/children).
 */
int64_t proc_family_cpu_us(pid_t pid);

struct proc_memory {
        int64_t pss, rss, private_, shared, swap; /* bytes; -1 unknown */
};
struct proc_memory proc_memory(pid_t pid);

int64_t proc_fds(pid_t pid);      /* -1 unknown */
int64_t proc_fd_limit(pid_t pid); /* -1 unknown or unlimited */

/* NUL-separated strings, NUL-terminated; NULL when they cannot be read. Bounded to 128 kB. */
char *proc_cmdline(struct arena *a, pid_t pid, size_t *ret_len);
char *proc_environ(struct arena *a, pid_t pid, size_t *ret_len);
const char *proc_env_get(const char *environ, size_t len, const char *name);

/* Calls f for each process; stops when f returns false. */
void proc_each(bool (*f)(void *arg, pid_t pid), void *arg);

struct proc_cgroup {
        int64_t memory_limit, memory_current, oom_kills; /* -1 unknown or unlimited */
        int64_t cpu_periods, cpu_throttled;
        const char *source;                              /* "cgroup v2 memory.max", "cgroup v1 memory.limit_in_bytes", NULL */
};
/* The tightest limits on the way from the process's group to the root. */
struct proc_cgroup proc_cgroup(struct arena *a, pid_t pid);
