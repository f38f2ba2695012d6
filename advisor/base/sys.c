#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_us(clockid_t id)
{
        struct timespec ts;
        clock_gettime(id, &ts);
        return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t real_realtime_us(void)
{
        return clock_us(CLOCK_REALTIME);
}

static int64_t real_monotonic_us(void)
{
        return clock_us(CLOCK_MONOTONIC);
}

static int real_random(void *buf, size_t len)
{
        return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -1;
}

static int real_openat(int dirfd, const char *path, int flags, mode_t mode)
{
        return openat(dirfd, path, flags | O_CLOEXEC, mode);
}

#ifdef PERFADVISE_FAULTS
#include <signal.h>

/* The fault plan: which call, and what happens to it. errno -1 means SIGKILL, -2 SIGINT and no failure. */
static struct {
        long at, count;
        int error;
        int report;
} fault;

__attribute__((constructor)) static void fault_read_plan(void)
{
        const char *plan = getenv("PERFADVISE_FAULT");
        if (!plan)
                return;
        if (!strcmp(plan, "count")) {
                fault.report = 1;
                return;
        }
        char *end;
        fault.at = strtol(plan, &end, 10);
        fault.error = !strcmp(end, ":kill") ? -1 : !strcmp(end, ":int") ? -2 : *end == ':' ? atoi(end + 1) : EIO;
}

__attribute__((destructor)) static void fault_report(void)
{
        if (fault.report)
                dprintf(2, "fault-points %ld\n", fault.count);
}

static int fault_hit(void)
{
        if (++fault.count != fault.at)
                return 0;
        if (fault.error < 0)
                raise(fault.error == -1 ? SIGKILL : SIGINT);
        if (fault.error < 0)
                return 0;
        errno = fault.error;
        return 1;
}

#define FAULTY(ret, name, params, args)                                                                                \
        static ret faulty_##name params                                                                                \
        {                                                                                                              \
                return fault_hit() ? -1 : name args;                                                                   \
        }
FAULTY(ssize_t, write, (int fd, const void *buf, size_t len), (fd, buf, len))
FAULTY(int, fsync, (int fd), (fd))
FAULTY(int, renameat, (int od, const char *o, int nd, const char *n), (od, o, nd, n))
FAULTY(int, unlinkat, (int d, const char *p, int f), (d, p, f))
FAULTY(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m))
FAULTY(int, fchmod, (int fd, mode_t m), (fd, m))
FAULTY(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
FAULTY(int, ftruncate, (int fd, off_t len), (fd, len))
FAULTY(int, fsetxattr, (int fd, const char *n, const void *v, size_t s, int f), (fd, n, v, s, f))
FAULTY(int, futimens, (int fd, const struct timespec t[2]), (fd, t))

static int faulty_openat(int dirfd, const char *path, int flags, mode_t mode)
{
        int writes = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
        return writes && fault_hit() ? -1 : real_openat(dirfd, path, flags, mode);
}
#define CALL(name) faulty_##name
#else
#define CALL(name) name
#define faulty_openat real_openat
#endif

struct sys sys = {
        .openat = faulty_openat,
        .write = CALL(write),
        .fsync = CALL(fsync),
        .renameat = CALL(renameat),
        .unlinkat = CALL(unlinkat),
        .mkdirat = CALL(mkdirat),
        .fchmod = CALL(fchmod),
        .fchown = CALL(fchown),
        .ftruncate = CALL(ftruncate),
        .fsetxattr = CALL(fsetxattr),
        .futimens = CALL(futimens),
        .realtime_us = real_realtime_us,
        .monotonic_us = real_monotonic_us,
        .random = real_random,
};

int sys_write_all(int fd, const void *buf, size_t len)
{
        const char *p = buf;
        while (len) {
                ssize_t n = sys.write(fd, p, len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                p += n;
                len -= (size_t)n;
        }
        return 0;
}

void sys_uuid7(char ret_text[37])
{
        unsigned char b[16];
        uint64_t ms = (uint64_t)sys.realtime_us() / 1000;
        if (sys.random(b, sizeof b) < 0)
                memset(b, 0, sizeof b);
        for (int i = 0; i < 6; i++)
                b[i] = (unsigned char)(ms >> (40 - 8 * i));
        b[6] = (b[6] & 0x0f) | 0x70;
        b[8] = (b[8] & 0x3f) | 0x80;
        char *p = ret_text;
        for (int i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *p++ = '-';
                p += sprintf(p, "%02x", b[i]);
        }
}
