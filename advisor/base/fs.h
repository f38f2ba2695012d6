/*
 * Files: reading with a ceiling, and replacing so that a reader sees the old file or the new one.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/*
 * Reads a regular file of at most `max` bytes into the arena; *ret_len excludes the NUL that is appended. Never blocks
 * on a FIFO or device (ERR_REFUSED). ERR_IO when it cannot be read (errno in the message), ERR_RANGE when too large.
 */
int fs_read(struct arena *a, const char *path, size_t max, char **ret_bytes, size_t *ret_len, struct err *err);

/* What stands in for the bytes of a file on disk: an editor's, before they are saved. */
struct fs_overlay {
        const char *path; /* absolute, without symbolic links */
        const char *bytes;
        size_t len;
};
/* As fs_read, but for the file of the overlay (may be NULL). */
int fs_read_over(struct arena *a, const struct fs_overlay *overlay, const char *path, size_t max, char **ret_bytes, size_t *ret_len, struct err *err);

/*
 * Writes a whole new file or replaces one: exclusive temporary file beside it, write, sync, rename, sync the directory.
 * For files of our own (reports, schedules, state): the mode is `mode` whatever the umask. Targets of `apply` go
 * through act/, which also keeps owner, ACL and attributes.
 */
int fs_replace(const char *path, const void *bytes, size_t len, unsigned mode, struct err *err);
/*
 * For a file that a user named for output: a regular one, or one that is not there yet, is replaced as by fs_replace(); a device or a pipe
 * (/dev/null, /dev/stdout) is written into, and stays what it is.
 */
int fs_write_output(const char *path, const void *bytes, size_t len, unsigned mode, struct err *err);

/* Creates a directory and its missing parents with the mode whatever the umask; an existing directory is fine. */
int fs_mkdirs(const char *path, unsigned mode, struct err *err);

/* "dir/name" in the arena; an absolute name stays. */
char *fs_join(struct arena *a, const char *dir, const char *name);
char *fs_dirname(struct arena *a, const char *path);
const char *fs_basename(const char *path);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);

/* The absolute path with symlinks resolved, or NULL. */
char *fs_realpath(struct arena *a, const char *path);
