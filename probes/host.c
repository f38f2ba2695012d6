/* The host probe: memory, load, CPU, pressure, cgroup limits, overcommit, huge pages, once a second. Reads files, runs nothing. */
#include "base/sys.h"
#include "probes/probe.h"
#include "probes/proc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { EVERY_US = 1000000 };

struct host {
        const struct probe_env *env;
        int64_t next_us;
        bool finishing, done, said;
        const char *missing; /* what could not be read */
};

static struct cell known_int(const char *name, int64_t v)
{
        return v < 0 ? NONE(name) : INT(name, v);
}

/* "some avg10=1.23 avg60=..." */
static double pressure(const char *resource)
{
        char text[512];
        if (proc_read(text, sizeof text, "pressure/%s", resource) <= 0)
                return NAN;
        const char *avg = strstr(text, "some avg10=");
        return avg ? strtod(avg + 11, NULL) : NAN;
}

/* user nice system idle iowait irq softirq steal, in ticks; busy is all but idle and iowait. */
static bool cpu_times(int64_t *ret_busy_us, int64_t *ret_total_us)
{
        char text[512];
        unsigned long long t[8] = {0}, total = 0;
        if (proc_read(text, sizeof text, "stat") <= 0 ||
            sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) < 4)
                return false;
        for (int i = 0; i < 8; i++)
                total += t[i];
        int64_t tick_us = 1000000 / sysconf(_SC_CLK_TCK);
        *ret_total_us = (int64_t)total * tick_us;
        *ret_busy_us = (int64_t)(total - t[3] - t[4]) * tick_us;
        return true;
}

/* "always [madvise] never" -> madvise */
static bool huge_pages(char ret[16])
{
        char text[128];
        FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
        bool ok = f && fgets(text, sizeof text, f);
        if (f)
                fclose(f);
        char *open = ok ? strchr(text, '[') : NULL;
        if (!open)
                return false;
        snprintf(ret, 16, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
        return true;
}

static int64_t number_in(const char *file)
{
        char text[64];
        return proc_read(text, sizeof text, "%s", file) > 0 ? strtoll(text, NULL, 10) : -1;
}

static int emit_sample(struct host *h, struct err *err)
{
        char meminfo[8192] = "", load[128], thp[16];
        int64_t busy = -1, total = -1;
        struct statvfs shm;
        bool has_shm = statvfs("/dev/shm", &shm) == 0;
        if (proc_read(meminfo, sizeof meminfo, "meminfo") <= 0)
                h->missing = "/proc/meminfo cannot be read";
        cpu_times(&busy, &total);
        struct proc_cgroup g = proc_cgroup(h->env->arena, getpid());
        struct sink *k = h->env->sink;
        sink_begin(k);
        EMIT(k, "host_sample", known_int("cpus", sysconf(_SC_NPROCESSORS_ONLN)), known_int("mem_total", proc_kb_line(meminfo, "MemTotal")),
             known_int("mem_available", proc_kb_line(meminfo, "MemAvailable")), known_int("mem_limit", g.memory_limit),
             TEXT("mem_limit_source", g.source), known_int("mem_current", g.memory_current), known_int("oom_kills", g.oom_kills),
             proc_read(load, sizeof load, "loadavg") > 0 ? REAL("load1", strtod(load, NULL)) : NONE("load1"), known_int("cpu_busy_us", busy),
             known_int("cpu_total_us", total), REAL("psi_cpu_avg10", pressure("cpu")), REAL("psi_mem_avg10", pressure("memory")),
             REAL("psi_io_avg10", pressure("io")), known_int("nr_periods", g.cpu_periods), known_int("nr_throttled", g.cpu_throttled),
             known_int("overcommit_memory", number_in("sys/vm/overcommit_memory")), TEXT("thp", huge_pages(thp) ? thp : NULL),
             has_shm ? INT("shm_total", shm.f_blocks * shm.f_frsize) : NONE("shm_total"),
             has_shm ? INT("shm_used", (shm.f_blocks - shm.f_bfree) * shm.f_frsize) : NONE("shm_used"));
        if (!h->said) {
                k->status(k->arg, "fact_host", h->missing ? FACT_UNKNOWN : FACT_OK, h->missing, NULL);
                h->said = true;
        }
        return sink_end(k, true, err);
}

static int open_probe(const struct probe_env *env, void **ret_state, struct err *err)
{
        (void)err;
        struct host *h = arena_new_of(env->arena, struct host);
        char id[64];
        FILE *f = fopen("/etc/machine-id", "re");
        h->env = env;
        if (f && fgets(id, sizeof id, f)) {
                id[strcspn(id, "\n")] = 0;
                env->sink->identity(env->sink->arg, id);
        }
        if (f)
                fclose(f);
        *ret_state = h;
        return 0;
}

static int64_t due(void *state)
{
        struct host *h = state;
        return h->done ? PROBE_DONE : h->finishing ? 0 : h->next_us;
}

static int step(void *state, int64_t now_us, struct err *err)
{
        struct host *h = state;
        h->next_us = now_us + (h->env->every_us ? h->env->every_us : EVERY_US);
        h->done = h->finishing;
        return emit_sample(h, err);
}

static int finish(void *state, struct err *err)
{
        (void)err;
        struct host *h = state;
        h->finishing = true;
        h->done = h->env->duration_us == 0; /* one round was the first step */
        return 0;
}

const struct probe probe_host = {
        .name = "host",
        .target_kind = "host",
        .doc = "memory, load, CPU, pressure, cgroup limits of this host",
        .open = open_probe,
        .due = due,
        .step = step,
        .finish = finish,
};
