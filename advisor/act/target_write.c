/* The writing half of target.h: metadata onto a temporary file, the swap, the deletion. */
#include "act/target_impl.h"
#include "base/str.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#define ACL_ACCESS "system.posix_acl_access"

static bool is_kept(const char *name)
{
        return str_starts(name, "user.") || str_starts(name, "trusted.") || !strcmp(name, ACL_ACCESS) || !strcmp(name, "security.capability");
}

static const char *to_hex(struct arena *a, const unsigned char *bytes, size_t len)
{
        char *hex = arena_alloc(a, len * 2 + 1);
        for (size_t i = 0; i < len; i++)
                sprintf(hex + 2 * i, "%02x", bytes[i]);
        return hex;
}

static size_t from_hex(const char *hex, unsigned char *bytes, size_t max)
{
        size_t n = 0;
        for (char pair[3] = ""; n < max && hex[0] && hex[1]; hex += 2, n++) {
                memcpy(pair, hex, 2);
                bytes[n] = (unsigned char)strtoul(pair, NULL, 16);
        }
        return n;
}

int target_attrs_read(struct arena *a, int fd, const char *path, struct target_image *image, struct err *err)
{
        char names[TARGET_ATTR_BYTES_MAX];
        ssize_t n = flistxattr(fd, names, sizeof names);
        if (n < 0 && (errno == ENOTSUP || errno == ENOSYS))
                return 0;
        if (n < 0)
                return err_errno(err, ERR_IO, "cannot read the attributes of '%s'", path);
        static unsigned char value[TARGET_ATTR_BYTES_MAX];
        for (const char *p = names; p < names + n; p += strlen(p) + 1) {
                if (!is_kept(p))
                        continue;
                ssize_t len = fgetxattr(fd, p, value, sizeof value);
                if (len < 0)
                        return err_errno(err, ERR_IO, "cannot read the attribute %s of '%s'", p, path);
                if (image->attrs.len == TARGET_ATTRS_MAX)
                        return err_set(err, ERR_REFUSED, "'%s' has more than %d attributes", path, TARGET_ATTRS_MAX);
                *vec_push(a, &image->attrs) = (struct target_attr){arena_strdup(a, p), to_hex(a, value, (size_t)len)};
        }
        return 0;
}

/* The three entries that say no more than the mode bits: a default ACL of the folder must not stick to a file that had none. */
static int drop_inherited_acl(int fd, const struct target_image *like)
{
        unsigned char acl[28] = {2, 0, 0, 0};
        for (size_t i = 0; i < like->attrs.len; i++)
                if (!strcmp(like->attrs.items[i].name, ACL_ACCESS))
                        return 0;
        if (fgetxattr(fd, ACL_ACCESS, NULL, 0) <= 0)
                return 0;
        static const unsigned char tags[3] = {0x01, 0x04, 0x20};
        for (int i = 0; i < 3; i++) {
                acl[4 + 8 * i] = tags[i];
                acl[6 + 8 * i] = (unsigned char)(like->mode >> (6 - 3 * i) & 7);
                memset(acl + 8 + 8 * i, 0xff, 4);
        }
        return sys.fsetxattr(fd, ACL_ACCESS, acl, sizeof acl, 0);
}

/* Owner first (it clears bits), then attributes (an ACL sets bits), the mode last. */
static int put_metadata(int fd, const struct target_image *like)
{
        static unsigned char value[TARGET_ATTR_BYTES_MAX];
        struct stat st;
        if (fstat(fd, &st) < 0)
                return -1;
        if (like->exists && (st.st_uid != like->uid || st.st_gid != like->gid) && sys.fchown(fd, like->uid, like->gid) < 0)
                return -1;
        for (size_t i = 0; i < like->attrs.len; i++) {
                size_t len = from_hex(like->attrs.items[i].hex, value, sizeof value);
                if (sys.fsetxattr(fd, like->attrs.items[i].name, value, len, 0) < 0)
                        return -1;
        }
        return drop_inherited_acl(fd, like) < 0 || sys.fchmod(fd, like->mode) < 0 ? -1 : 0;
}

static int put_time(int fd, const struct target_image *replaced)
{
        struct stat st;
        if (fstat(fd, &st) < 0)
                return -1;
        if (!replaced->exists || st.st_mtime > replaced->mtime_s)
                return 0;
        const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = replaced->mtime_s + 1}};
        return sys.futimens(fd, times);
}

int target_stage(const struct target *t, const char *tmp_name, const char *bytes, size_t len, const struct target_image *like,
                 const struct target_image *expected, struct err *err)
{
        int r = target_sweep(t, tmp_name, err);
        if (r < 0)
                return r;
        CLEANUP(close) int fd = sys.openat(t->dirfd, tmp_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd < 0)
                return err_errno(err, ERR_IO, "cannot create a file beside '%s'", t->path);
        if (sys_write_all(fd, bytes, len) < 0)
                return err_errno(err, ERR_IO, "cannot write beside '%s'", t->path);
        if (put_metadata(fd, like) < 0)
                return err_errno(err, ERR_IO, "cannot keep owner, mode and attributes of '%s'", t->path);
        if (put_time(fd, expected) < 0)
                return err_errno(err, ERR_IO, "cannot set the time of '%s'", t->path);
        if (sys.fsync(fd) < 0)
                return err_errno(err, ERR_IO, "cannot sync '%s'", t->path);
        return 0;
}

static int check_unchanged(struct arena *a, const struct target *t, const struct target_image *expected, struct err *err)
{
        struct target_image now;
        int r = target_read(a, t, &now, err);
        if (r < 0)
                return r;
        if (!target_same(expected, &now))
                return err_set(err, ERR_REFUSED, "'%s' was changed by somebody else meanwhile: %s", t->path, target_difference(a, expected, &now));
        if (now.exists && (now.ino != expected->ino || now.dev != expected->dev))
                return err_set(err, ERR_REFUSED, "'%s' was replaced by somebody else meanwhile", t->path);
        return 0;
}

int target_commit(struct arena *a, const struct target *t, const char *tmp_name, const struct target_image *expected, struct err *err)
{
        int r = check_unchanged(a, t, expected, err);
        if (r < 0)
                return r;
        if (sys.renameat(t->dirfd, tmp_name, t->dirfd, t->name) < 0)
                return err_errno(err, ERR_IO, "cannot replace '%s'", t->path);
        if (sys.fsync(t->dirfd) < 0)
                return err_errno(err, ERR_IO, "cannot sync the folder of '%s'", t->path);
        return 0;
}

int target_delete(struct arena *a, const struct target *t, const struct target_image *expected, struct err *err)
{
        int r = check_unchanged(a, t, expected, err);
        if (r < 0 || !expected->exists)
                return r;
        if (sys.unlinkat(t->dirfd, t->name, 0) < 0)
                return err_errno(err, ERR_IO, "cannot delete '%s'", t->path);
        if (sys.fsync(t->dirfd) < 0)
                return err_errno(err, ERR_IO, "cannot sync the folder of '%s'", t->path);
        return 0;
}

int target_sweep(const struct target *t, const char *tmp_name, struct err *err)
{
        struct stat st;
        if (fstatat(t->dirfd, tmp_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (!S_ISREG(st.st_mode))
                return err_set(err, ERR_REFUSED, "'%s' beside '%s' is not ours", tmp_name, t->path);
        if (sys.unlinkat(t->dirfd, tmp_name, 0) < 0)
                return err_errno(err, ERR_IO, "cannot remove '%s' beside '%s'", tmp_name, t->path);
        return 0;
}
