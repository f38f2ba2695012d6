/*
 * EXPLAIN's text format (what auto_explain writes unless told otherwise) turned into the JSON that EXPLAIN (FORMAT JSON) gives, as far as plans
 * are compared and judged: nodes, relations, conditions, estimates, measured rows, sorts, hashes, JIT, triggers.
 */
#pragma once
#include "base/err.h"

struct json;

/* A root: {"Query Text", "Plan", ...}. ERR_PARSE when no line is a node of a plan. */
int plantext_read(const char *text, struct json **ret_json, struct err *err);
