#include "act/lock.h"
#include "base/fs.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct lock {
        int fd;
};

struct lock *lock_free(struct lock *l)
{
        if (l && l->fd >= 0)
                close(l->fd);
        if (l)
                l->fd = -1;
        return NULL;
}

static void read_pid(int fd, char pid[32])
{
        ssize_t n = pread(fd, pid, 31, 0);
        pid[n > 0 ? n : 0] = '\0';
        pid[strspn(pid, "0123456789")] = '\0';
}

static int held(int fd, const char *path, struct err *err)
{
        char pid[32] = "";
        for (int look = 0; look < 50 && !*pid; look++) { /* who has just taken it writes its number a moment later */
                if (look)
                        usleep(10000);
                read_pid(fd, pid);
        }
        err_set(err, ERR_REFUSED, "another perfadvise (process %s) holds the lock '%s'", *pid ? pid : "unknown", path);
        return err_hint(err, "Wait until it has ended; the lock of a process that died is free.");
}

const char *lock_holder(struct arena *a, const char *state_dir)
{
        char pid[32];
        CLEANUP(close) int fd = open(fs_join(a, state_dir, "lock"), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
                return NULL;
        read_pid(fd, pid);
        return arena_strdup(a, *pid ? pid : "unknown");
}

int lock_take(struct arena *a, const char *state_dir, struct lock **ret_lock, struct err *err)
{
        return lock_take_named(a, state_dir, "lock", ret_lock, err);
}

int lock_take_named(struct arena *a, const char *state_dir, const char *name, struct lock **ret_lock, struct err *err)
{
        const char *path = fs_join(a, state_dir, name);
        struct lock *l = arena_new_of(a, struct lock);
        l->fd = sys.openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (l->fd < 0)
                return err_errno(err, ERR_IO, "cannot open the lock '%s'", path);
        char pid[32];
        int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid()), r = 0;
        if (flock(l->fd, LOCK_EX | LOCK_NB) < 0)
                r = errno == EWOULDBLOCK ? held(l->fd, path, err) : err_errno(err, ERR_IO, "cannot lock '%s'", path);
        else if (sys.ftruncate(l->fd, 0) < 0 || sys_write_all(l->fd, pid, (size_t)len) < 0)
                r = err_errno(err, ERR_IO, "cannot write the lock '%s'", path);
        if (r < 0) {
                lock_free(l);
                return r;
        }
        *ret_lock = l;
        return 0;
}
