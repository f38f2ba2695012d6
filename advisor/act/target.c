#include "act/target_impl.h"
#include "base/fs.h"
#include "base/sys.h"
#include "lib/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct target *target_close(struct target *t)
{
        if (t && t->dirfd >= 0)
                close(t->dirfd);
        if (t)
                t->dirfd = -1;
        return NULL;
}

const char *target_path(const struct target *t)
{
        return t->path;
}

/* ── getting there ───────────────────────────────────────────────────────────────────────────────────────────────── */

/* Others (and, but for root's and the owner's own group, groups) could swap files under us. Sticky is not enough. */
static int check_dir(int fd, const char *path, struct err *err)
{
        struct stat st;
        if (fstat(fd, &st) < 0)
                return err_errno(err, ERR_IO, "cannot look at '%s'", path);
        bool group = (st.st_mode & 020) && st.st_gid != 0 && st.st_gid != getegid() && st.st_gid != st.st_uid;
        if (!(st.st_mode & 002) && !group)
                return 0;
        err_set(err, ERR_REFUSED, "the folder '%s' can be written by others", path);
        return err_hint(err, "chmod go-w it: whoever can write there can swap files under us.");
}

/* The part of path below root, or NULL. A root that is the file itself gives its own name. */
static const char *below(const char *root, const char *path)
{
        size_t n = strlen(root);
        while (n > 1 && root[n - 1] == '/')
                n--;
        if (strncmp(root, path, n) || (path[n] && path[n] != '/' && n > 1))
                return NULL;
        return path[n] ? path + n + (path[n] == '/') : path + n;
}

static bool has_odd_part(const char *path)
{
        for (const char *p = path; p; p = strchr(p, '/')) {
                p += *p == '/';
                size_t n = strcspn(p, "/");
                if (!n || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
                        return true;
        }
        return false;
}

static int no_symlinks_open(int dirfd, const char *name)
{
        struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
        int fd = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof how);
        /* kernels before 5.6 and filters of containers: one part at a time, so that O_NOFOLLOW covers the same */
        return fd >= 0 || (errno != ENOSYS && errno != EPERM) ? fd : openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Walks from the root to the folder of the file, a part at a time: each folder on the way is looked at. */
static int walk(struct arena *a, int fd, const char *root, const char *rest, int *ret_fd, struct err *err)
{
        const char *at = root;
        int r = check_dir(fd, root, err);
        for (const char *slash; r == 0 && (slash = strchr(rest, '/')); rest = slash + 1) {
                const char *part = arena_strndup(a, rest, (size_t)(slash - rest));
                at = fs_join(a, at, part);
                int next = no_symlinks_open(fd, part);
                if (next < 0 && (errno == ELOOP || errno == ENOTDIR)) {
                        r = err_set(err, ERR_REFUSED, "'%s' is a symbolic link or no folder", at);
                        break;
                }
                if (next < 0) {
                        r = err_errno(err, ERR_REFUSED, "cannot open the folder '%s'", at);
                        break;
                }
                close(fd);
                fd = next;
                r = check_dir(fd, at, err);
        }
        if (r < 0)
                close(fd);
        else
                *ret_fd = fd;
        return r;
}

static int outside(const char *path, const char *const *roots, struct err *err)
{
        err_set(err, ERR_REFUSED, "'%s' is not below a folder that apply.roots names", path);
        return err_hint(err, roots[0] ? "Add its folder to apply.roots in the configuration." : "The configuration names no apply.roots: add the folder there.");
}

static uint64_t mount_of(int fd, const char *name)
{
        struct statx sx;
        if (statx(fd, name, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH), STATX_MNT_ID, &sx) < 0 || !(sx.stx_mask & STATX_MNT_ID))
                return 0;
        return sx.stx_mnt_id;
}

int target_open(struct arena *a, const char *const *roots, const char *path, struct target **ret_target, struct err *err)
{
        const char *rest = NULL, *root = NULL;
        for (const char *const *p = roots; !rest && *p; p++) {
                const char *real = fs_realpath(a, *p);
                root = *p;
                if (!(rest = below(root, path)) && real && (rest = below(real, path)))
                        root = real;
                if (rest)
                        break;
        }
        if (!rest)
                return outside(path, roots, err);
        if (!*rest) { /* the root is the file */
                root = fs_dirname(a, path);
                rest = fs_basename(path);
        }
        if (has_odd_part(rest))
                return err_set(err, ERR_REFUSED, "'%s' is no plain path", path);
        int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return err_errno(err, ERR_REFUSED, "cannot open the folder '%s'", root);
        int r = walk(a, fd, root, rest, &fd, err);
        if (r < 0)
                return r;
        struct target *t = arena_new_of(a, struct target);
        *t = (struct target){.dirfd = fd, .path = path, .name = fs_basename(path), .mount = mount_of(fd, "")};
        *ret_target = t;
        return 0;
}

/* ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int refuse(const struct target *t, const char *why, struct err *err)
{
        return err_set(err, ERR_REFUSED, "'%s' is %s", t->path, why);
}

/* Before opening: opening a FIFO or a device may do something. */
static int check_kind(const struct target *t, const struct stat *st, struct err *err)
{
        if (S_ISLNK(st->st_mode))
                return refuse(t, "a symbolic link", err);
        if (!S_ISREG(st->st_mode))
                return refuse(t, S_ISFIFO(st->st_mode) ? "a FIFO" : S_ISDIR(st->st_mode) ? "a folder" : S_ISSOCK(st->st_mode) ? "a socket" : "a device",
                              err);
        if (st->st_nlink != 1)
                return err_set(err, ERR_REFUSED, "'%s' has %lu hard links: replacing it would part them", t->path, (unsigned long)st->st_nlink);
        if (st->st_mode & 06000)
                return refuse(t, "setuid or setgid", err);
        if (st->st_size > TARGET_BYTES_MAX)
                return err_set(err, ERR_REFUSED, "'%s' is larger than %d MB", t->path, TARGET_BYTES_MAX >> 20);
        uint64_t mount = mount_of(t->dirfd, t->name);
        if (mount && t->mount && mount != t->mount)
                return refuse(t, "a mount of its own and cannot be replaced", err);
        if (geteuid() != 0 && st->st_uid != geteuid())
                return refuse(t, "owned by another user, and only root could keep that", err);
        return 0;
}

static int read_all(struct arena *a, const struct target *t, int fd, size_t size, struct target_image *image, struct err *err)
{
        image->bytes = arena_alloc(a, size + 2);
        while (image->len <= size) {
                ssize_t n = read(fd, image->bytes + image->len, size + 1 - image->len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_errno(err, ERR_IO, "cannot read '%s'", t->path);
                if (n == 0)
                        break;
                image->len += (size_t)n;
        }
        if (image->len != size)
                return err_set(err, ERR_REFUSED, "'%s' changes while it is read", t->path);
        image->bytes[size] = '\0';
        digest_sha256(image->bytes, image->len, image->sha256);
        return 0;
}

int target_read(struct arena *a, const struct target *t, struct target_image *ret_image, struct err *err)
{
        struct stat st;
        struct target_image image = {0};
        if (fstatat(t->dirfd, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != ENOENT)
                        return err_errno(err, ERR_IO, "cannot look at '%s'", t->path);
                *ret_image = image;
                return 0;
        }
        int r = check_kind(t, &st, err);
        if (r < 0)
                return r;
        CLEANUP(close) int fd = openat(t->dirfd, t->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_errno(err, errno == ELOOP ? ERR_REFUSED : ERR_IO, "cannot read '%s'", t->path);
        if ((r = check_kind(t, &st, err)) < 0)
                return r;
        image = (struct target_image){.exists = true, .mode = st.st_mode & 07777, .uid = st.st_uid, .gid = st.st_gid, .dev = st.st_dev,
                                      .ino = st.st_ino, .mtime_s = st.st_mtime};
        if ((r = read_all(a, t, fd, (size_t)st.st_size, &image, err)) < 0 || (r = target_attrs_read(a, fd, t->path, &image, err)) < 0)
                return r;
        *ret_image = image;
        return 0;
}

bool target_same(const struct target_image *a, const struct target_image *b)
{
        if (!a->exists || !b->exists)
                return a->exists == b->exists;
        return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && !strcmp(a->sha256, b->sha256);
}

const char *target_difference(struct arena *a, const struct target_image *was, const struct target_image *is)
{
        if (was->exists != is->exists)
                return is->exists ? "it exists" : "it does not exist";
        if (!is->exists)
                return "";
        if (strcmp(was->sha256, is->sha256))
                return arena_printf(a, "its content (sha256 %.12s, was %.12s)", is->sha256, was->sha256);
        if (was->mode != is->mode)
                return arena_printf(a, "its mode (%04o, was %04o)", is->mode, was->mode);
        if (was->uid != is->uid || was->gid != is->gid)
                return arena_printf(a, "its owner (%u:%u, was %u:%u)", is->uid, is->gid, was->uid, was->gid);
        return "";
}
