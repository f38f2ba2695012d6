/*
 * Rules are data: an id, SQL over the fact views, thresholds for each severity, words for people, and examples that prove it
 * (design.md, section 7; perfadvise-rules(5)). A rule set is loaded whole or not at all.
 *
 *      struct ruleset set = {0};
 *      r = ruleset_load(arena, dir, &set, err);        the built-in families, as rules/index.yaml lists them
 *      r = ruleset_load(arena, extra, &set, err);      and those of a further folder
 */
#pragma once
#include "base/arena.h"
#include "change/change.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
        RULES_MAX = 1000,        /* in a set */
        RULE_SELECT_MAX = 16384, /* bytes of SQL */
        RULE_WORD_MAX = 16,
        RULE_TEXT_MAX = 4000,
        RULE_PARAMS_MAX = 32,
        RULE_ROWS_MAX = 10000,   /* rows of one select; more are cut off, and said so */
        RULE_COLUMNS_MAX = 64,
        RULE_EXAMPLES_MAX = 64,
};
#define RULE_STEPS_MAX INT64_C(100000000) /* instructions of SQLite's machine for one select: a second or two */

/* A parameter of a rule: bound into its select as :name. */
struct rule_param {
        const char *name, *text;
        double number;           /* NAN when it is text */
};

struct rule_params {
        VEC(struct rule_param) list;
};

/* A severity that the rule can reach, with the thresholds that lead there. */
struct rule_level {
        enum severity severity;
        struct rule_params params;
};

struct rule_expectation {
        const char *subject;
        int severity;            /* enum severity, or -1: any */
};

/* What the rule must say about a history (facts: SQL files) or about a source file. */
struct rule_example {
        VEC(const char *) facts; /* file names below examples/ */
        const char *source;      /* file name below examples/, or NULL */
        int64_t count;           /* findings expected; -1: exactly those of `expect` */
        VEC(struct rule_expectation) expect;
        VEC(struct evidence) advises; /* by subject: the value that it must offer, "nothing" for none */
        const char *unknown;     /* part of the reason that it must give for not knowing, or NULL */
        int line;
};

struct rule {
        const char *id, *title, *category, *kind;
        const char *select;      /* NULL when it is a pattern */
        const char *unknown;     /* SELECT reason [, target]: what keeps it from judging (young counters, hidden replicas), or NULL */
        const char *pattern, *language; /* a tree-sitter query over sources */
        const char *message;     /* with {column} */
        const char *advise;      /* model, or NULL */
        const char *fix;         /* what a person does about it, or NULL */
        const char *ends;        /* what an audit calls it when it fires no more ("usual"), or NULL: fixed */
        const char *why, *source;
        VEC(const char *) needs; /* facts as probes report them, or views by name (fact_...) */
        struct rule_params params;
        VEC(struct rule_level) levels; /* by rising severity, never empty */
        VEC(struct rule_example) examples;
        const char *file, *dir;  /* where it stands; examples are below dir/examples/ */
        int line, select_line, message_line;
};

struct ruleset {
        VEC(struct rule) rules;  /* by id */
        const char *dir;         /* the folder loaded first */
};

/* Adds the families that DIR/index.yaml lists. ERR_CONFIG with file and line for whatever is wrong. */
int ruleset_load(struct arena *a, const char *dir, struct ruleset *set, struct err *err);
/* As ruleset_load for one family file; examples are looked for beside it. For tests. */
int ruleset_load_text(struct arena *a, const char *file, const char *text, struct ruleset *set, struct err *err);
/* The folder of the built-in rules: beside the program's source tree when it runs from there, else the installed one. */
const char *ruleset_default_dir(struct arena *a);
const struct rule *ruleset_find(const struct ruleset *set, const char *id);

/* A rule is called by its id, its kind, its family ("code.*") or with all others ("*"). */
bool rule_is_called(const struct rule *rule, const char *name, size_t len);

/* Sets or replaces one parameter. */
void rule_param_set(struct arena *a, struct rule_params *params, const char *name, const char *text);
const struct rule_param *rule_param_get(const struct rule_params *params, const char *name);
/* "info", "warning", "critical" -> 0 and *ret_severity; -1 otherwise. */
int severity_parse(const char *name, enum severity *ret_severity);
