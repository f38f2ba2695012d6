/*
 * Findings of a part of the tree, with the whole tree as context: changed lines (--changed-since), named files (--tree DIR FILE...: what
 * a commit hook passes), the file in an editor (--stdin-filename).
 */
#pragma once
#include "cmd/analyzing.h"

struct scoping {
        const char *since;  /* a revision, or NULL */
        const char *tree;   /* --tree, or NULL: the PATHs are the tree */
        const char *editor; /* --stdin-filename, or NULL */
};

/* Sets z->paths, z->scope and z->overlay; reads standard input when there is an editor. paths: NULL-terminated. */
int scoping_set(struct app *app, const struct scoping *s, const char **paths, struct analyzing *z, struct err *err);
