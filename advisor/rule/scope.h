/* Which part of the tree findings are shown of: changed lines, named files. The whole tree is analysed all the same. */
#pragma once
#include "base/arena.h"

#include <stdbool.h>

struct scope_lines {
        int first, last;
};

struct scope_file {
        const char *path; /* absolute, without symbolic links: a file, or a folder and all below it */
        bool whole;
        VEC(struct scope_lines) lines;
};

struct scope {
        VEC(struct scope_file) files;
};

/* Whether any of these lines is meant. real NULL: a finding that stands in no file is not. */
bool scope_holds(const struct scope *s, const char *real, int first, int last);
