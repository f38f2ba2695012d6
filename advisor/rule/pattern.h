/*
 * Users' tree-sitter patterns (rules with `pattern:` and `language:`), matched against the files that the source probe read.
 * What matches becomes rows of code_finding, which the engine then reports like the rows of a SELECT.
 */
#pragma once
#include "rule/rule.h"
#include "store/store.h"

enum { PATTERN_MATCHES_MAX = 1000, PATTERN_FILE_BYTES_MAX = 2 << 20 };

/*
 * Runs every pattern of the set over the code files of `run`; paths in the history are relative to one of `roots`. A pattern that does
 * not compile is ERR_CONFIG with the rule's file and line; a file that vanished since is skipped. Does nothing without patterns.
 */
int patterns_run(struct arena *a, const struct ruleset *set, struct store *store, int64_t run, const char *const *roots, struct err *err);
