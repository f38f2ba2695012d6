/*
 * What changed in a work tree since a revision, asked of the git program: the only file that knows it.
 *
 * The repository is not trusted: its configuration and attributes can name programs (fsmonitor, external diffs, text conversions,
 * filters, hooks, transports). git is run without a shell by its absolute path, in a clean environment, with all of these turned off.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

enum { GIT_OUTPUT_MAX = 256 << 20, GIT_TIME_MAX_S = 120 };

struct git_range {
        int first, last;
};

struct git_file {
        const char *path;  /* absolute, without symbolic links above it */
        bool whole;        /* untracked */
        VEC(struct git_range) ranges; /* of its lines as they are now; where lines went, those on both sides */
};

struct git_changes {
        VEC(struct git_file) files;
};

/*
 * Appends what changed below the work tree that holds `dir`: tracked files against the revision (renames followed), untracked ones whole,
 * ignored ones not at all. ERR_USAGE with a hint when dir is in no work tree or the revision is unknown.
 */
int git_changes_since(struct arena *a, const char *dir, const char *revision, struct git_changes *changes, struct err *err);
