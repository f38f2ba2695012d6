/*
 * Every system call that writes, every clock and every random number goes through this table, so that a test can fail,
 * kill or fix the n-th one. Code outside base calls sys.write(...), never write(...).
 *
 * A build with -DPERFADVISE_FAULTS (build/fault/) reads PERFADVISE_FAULT="N:kill" or "N:ERRNO" at start: the N-th call
 * that writes kills the process before it runs, or fails. PERFADVISE_FAULT=count prints the number of such calls at
 * exit. Release builds have no such switch.
 */
#pragma once
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sys {
        int (*openat)(int dirfd, const char *path, int flags, mode_t mode);
        ssize_t (*write)(int fd, const void *buf, size_t len);
        int (*fsync)(int fd);
        int (*renameat)(int olddir, const char *oldpath, int newdir, const char *newpath);
        int (*unlinkat)(int dirfd, const char *path, int flags);
        int (*mkdirat)(int dirfd, const char *path, mode_t mode);
        int (*fchmod)(int fd, mode_t mode);
        int (*fchown)(int fd, uid_t uid, gid_t gid);
        int (*ftruncate)(int fd, off_t len);
        int (*fsetxattr)(int fd, const char *name, const void *value, size_t size, int flags);
        int (*futimens)(int fd, const struct timespec times[2]);
        int64_t (*realtime_us)(void);  /* microseconds since 1970, UTC; may step */
        int64_t (*monotonic_us)(void); /* microseconds, never steps */
        int (*random)(void *buf, size_t len);
};

extern struct sys sys;

/* Writes all of buf, through short writes and EINTR. Returns 0 or -1 with errno. */
int sys_write_all(int fd, const void *buf, size_t len);

/* A UUIDv7 (time-ordered, RFC 9562) as 36 characters and NUL. */
void sys_uuid7(char ret_text[37]);
