/* Edits that make one pipeline of two commands to Redis: are they that and nothing else? */
#pragma once
#include "change/edit.h"
#include "lib/syntax.h"

/*
 * The edits are sorted by place. ret_mine[i] becomes true for the insertions that belong to a pipeline: they are judged here, not as
 * arguments. False: one begins like a pipeline and is none, with *ret_why for people.
 */
bool check_pipelines(const struct syntax_tree *old, const char *bytes, size_t len, const struct edit *edits, size_t n, bool *ret_mine, const char **ret_why);
