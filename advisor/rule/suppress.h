/*
 * Findings that the source itself takes back, on the line or the line above:
 *
 *      rows = [await c.fetchrow(q, i) for i in ids]  # perfadvise: ignore[code.query_in_loop] three ids at most
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>

struct suppressions;

struct suppressions *suppressions_new(struct arena *a, const char *dir, const char *const *roots);
/* Files are read once; one that cannot be read suppresses nothing. */
bool is_suppressed(struct suppressions *s, const char *rule, const char *file, int line);
