/*
 * Are two CREATE INDEX texts the same index? One was written by us, the other by pg_get_indexdef(), which adds the schema and
 * the method, drops CONCURRENTLY and defaults, and adds parentheses and casts to expressions.
 */
#pragma once
#include "base/arena.h"

#include <stdbool.h>

/* Compares uniqueness, method, columns with their order, INCLUDE, and that both or none have a WHERE. */
bool index_same(struct arena *a, const char *ours, const char *catalogue);
