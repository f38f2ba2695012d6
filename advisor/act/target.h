/*
 * Files that we do not own: opened below an allow-listed root without following symlinks, replaced so that a reader sees the
 * old file or the new one, and with the owner, mode, ACL and attributes of the old one (robustness.md, section 1, I4, I6).
 *
 * Refused (ERR_REFUSED): paths outside the roots, symlinks anywhere below the root, more than one hard link, FIFOs and
 * devices, setuid and setgid files, files that are mounts of their own, directories that others can write, files larger
 * than 16 MB, and files whose owner we could not keep.
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { TARGET_BYTES_MAX = 16 << 20, TARGET_ATTRS_MAX = 64, TARGET_ATTR_BYTES_MAX = 65536 };

struct target_attr {
        const char *name;
        const char *hex; /* the value, as hex digits */
};

/* A file as it is at one moment; with exists == false nothing else counts. */
struct target_image {
        bool exists;
        char *bytes;
        size_t len;
        char sha256[65];
        unsigned mode;
        uid_t uid;
        gid_t gid;
        dev_t dev;
        ino_t ino;
        int64_t mtime_s;
        VEC(struct target_attr) attrs; /* user.*, the access ACL, security.* */
};

/* A place in a directory that was opened safely. */
struct target;

/* roots: NULL-terminated, absolute; a root may be a folder or one file. */
int target_open(struct arena *a, const char *const *roots, const char *path, struct target **ret_target, struct err *err);
struct target *target_close(struct target *t); /* returns NULL */
DEFINE_CLEANUP(struct target *, target_close)
const char *target_path(const struct target *t);

/* ERR_REFUSED for what is no plain file of ours to write. */
int target_read(struct arena *a, const struct target *t, struct target_image *ret_image, struct err *err);

/*
 * Writes new content with the metadata of `like` (its bytes do not matter) under a temporary name; target_commit puts it in
 * place if the target still is what `expected` says (bytes, mode, owner, inode). `expected.exists == false`: it must not exist.
 * The modification time is at least one second later than that of the file it replaces: Python compares whole seconds.
 */
int target_stage(const struct target *t, const char *tmp_name, const char *bytes, size_t len, const struct target_image *like,
                 const struct target_image *expected, struct err *err);
int target_commit(struct arena *a, const struct target *t, const char *tmp_name, const struct target_image *expected, struct err *err);
/* Deletes the target if it still is what `expected` says. */
int target_delete(struct arena *a, const struct target *t, const struct target_image *expected, struct err *err);
/* Removes a temporary file that a killed run left; none is fine. */
int target_sweep(const struct target *t, const char *tmp_name, struct err *err);

/* Same bytes, mode, owner? Both may not exist. */
bool target_same(const struct target_image *a, const struct target_image *b);

/* "0640 postgres" where they differ, for messages; "" otherwise. */
const char *target_difference(struct arena *a, const struct target_image *was, const struct target_image *is);
