/* What the changes of a recommendation do to files, as a unified diff: for changes that values alone do not show. */
#pragma once
#include "change/change.h"

/* Sets ->diff of recommendations that add or take away text (an insertion, a whole line). Files that are not what was analysed give none. */
void previews_add(struct arena *a, struct recommendation *items, size_t n);
