#include "base/fs.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int fs_read(struct arena *a, const char *path, size_t max, char **ret_bytes, size_t *ret_len, struct err *err)
{
        CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_errno(err, ERR_IO, "cannot read '%s'", path);
        if (!S_ISREG(st.st_mode))
                return err_set(err, ERR_REFUSED, "'%s' is not a regular file", path);
        if ((size_t)st.st_size > max)
                return err_set(err, ERR_RANGE, "'%s' has %lld bytes, more than the limit of %zu", path,
                               (long long)st.st_size, max);

        /* files under /proc and growing logs: st_size is a guess, read up to max */
        size_t cap = (size_t)st.st_size + 1, len = 0;
        if (!st.st_size)
                cap = max < 65536 ? max + 1 : 65536;
        char *buf = arena_alloc(a, cap + 1);
        for (;;) {
                if (len == cap) {
                        if (len > max)
                                return err_set(err, ERR_RANGE, "'%s' is larger than %zu bytes", path, max);
                        buf = arena_grow(a, buf, len, cap * 2 + 1);
                        cap *= 2;
                }
                ssize_t n = read(fd, buf + len, cap - len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_errno(err, ERR_IO, "cannot read '%s'", path);
                if (n == 0)
                        break;
                len += (size_t)n;
        }
        if (len > max)
                return err_set(err, ERR_RANGE, "'%s' is larger than %zu bytes", path, max);
        buf[len] = '\0';
        *ret_bytes = buf;
        *ret_len = len;
        return 0;
}

static int sync_dir_of(const char *path)
{
        char dir[PATH_MAX];
        snprintf(dir, sizeof dir, "%s", path);
        char *slash = strrchr(dir, '/');
        if (slash)
                slash[slash == dir] = '\0';
        CLEANUP(close) int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -1 : sys.fsync(fd);
}

int fs_replace(const char *path, const void *bytes, size_t len, unsigned mode, struct err *err)
{
        char tmp[PATH_MAX], id[37];
        sys_uuid7(id);
        if ((size_t)snprintf(tmp, sizeof tmp, "%s.%.13s.tmp", path, id + 23) >= sizeof tmp)
                return err_set(err, ERR_IO, "path too long: '%s'", path);
        CLEANUP(close) int fd = sys.openat(AT_FDCWD, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd < 0)
                return err_errno(err, ERR_IO, "cannot create '%s'", tmp);
        if (sys_write_all(fd, bytes, len) < 0 || sys.fchmod(fd, mode) < 0 || sys.fsync(fd) < 0 ||
            sys.renameat(AT_FDCWD, tmp, AT_FDCWD, path) < 0 || sync_dir_of(path) < 0) {
                int r = err_errno(err, ERR_IO, "cannot write '%s'", path);
                sys.unlinkat(AT_FDCWD, tmp, 0);
                return r;
        }
        return 0;
}

int fs_write_output(const char *path, const void *bytes, size_t len, unsigned mode, struct err *err)
{
        struct stat st;
        if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
                return fs_replace(path, bytes, len, mode, err);
        if (S_ISDIR(st.st_mode))
                return err_set(err, ERR_IO, "cannot write '%s': it is a folder", path);
        CLEANUP(close) int fd = sys.openat(AT_FDCWD, path, O_WRONLY | O_NOCTTY, 0);
        if (fd < 0 || sys_write_all(fd, bytes, len) < 0)
                return err_errno(err, ERR_IO, "cannot write '%s'", path);
        return 0;
}

int fs_mkdirs(const char *path, unsigned mode, struct err *err)
{
        char part[PATH_MAX];
        if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
                return err_set(err, ERR_IO, "path too long: '%s'", path);
        for (char *p = part + 1;; p++) {
                if (*p && *p != '/')
                        continue;
                char saved = *p;
                *p = '\0';
                if (sys.mkdirat(AT_FDCWD, part, 0700) == 0) {
                        CLEANUP(close) int fd = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
                        if (fd < 0 || sys.fchmod(fd, mode) < 0 || sync_dir_of(part) < 0)
                                return err_errno(err, ERR_IO, "cannot set the mode of '%s', or sync the folder around it", part);
                } else if (errno != EEXIST) {
                        return err_errno(err, ERR_IO, "cannot create the directory '%s'", part);
                }
                *p = saved;
                if (!saved)
                        break;
        }
        if (!fs_is_dir(path))
                return err_set(err, ERR_IO, "'%s' exists and is not a directory", path);
        return 0;
}

char *fs_join(struct arena *a, const char *dir, const char *name)
{
        if (name[0] == '/' || !dir || !*dir)
                return arena_strdup(a, name);
        size_t n = strlen(dir);
        return arena_printf(a, "%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

char *fs_dirname(struct arena *a, const char *path)
{
        const char *slash = strrchr(path, '/');
        if (!slash)
                return arena_strdup(a, ".");
        return slash == path ? arena_strdup(a, "/") : arena_strndup(a, path, (size_t)(slash - path));
}

const char *fs_basename(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

bool fs_exists(const char *path)
{
        return access(path, F_OK) == 0;
}

bool fs_is_dir(const char *path)
{
        struct stat st;
        return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *fs_realpath(struct arena *a, const char *path)
{
        CLEANUP(free) char *real = realpath(path, NULL);
        return arena_strdup(a, real);
}

int fs_read_over(struct arena *a, const struct fs_overlay *overlay, const char *path, size_t max, char **ret_bytes, size_t *ret_len, struct err *err)
{
        const char *real = overlay && !strcmp(fs_basename(overlay->path), fs_basename(path)) ? fs_realpath(a, path) : NULL;
        if (!real || strcmp(real, overlay->path))
                return fs_read(a, path, max, ret_bytes, ret_len, err);
        if (overlay->len > max)
                return err_set(err, ERR_RANGE, "'%s' is larger than %zu bytes", path, max);
        *ret_bytes = arena_strndup(a, overlay->bytes, overlay->len);
        *ret_len = overlay->len;
        return 0;
}
