/*
 * The statements of a Python file by lines: simple ones whole, compound ones as far as their body. Read when the first suppression of a
 * file is met, so that most files are never parsed again.
 */
#pragma once
#include "rule/texts.h"

struct extent {
        int first, last;
};

struct extents {
        struct arena *arena;
        bool looked;
        VEC(struct extent) list; /* by first line */
};

/* Once; files that are no Python have none. */
void extents_find(struct extents *e, const struct text *t);
/* The innermost that holds the line, or NULL. */
const struct extent *extent_at(const struct extents *e, int line);
