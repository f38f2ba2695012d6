/*
 * The answer to the same question about the same files. `analyze PATH` in an editor, a hook or a pipeline is asked again and again
 * about a tree that did not change: then what it printed is printed again, without looking at facts or rules.
 *
 * The same: names, sizes, times and inodes of all files below the roots (changed files of the last moment are not trusted), this
 * build, the rule files, the configuration, the formats, the working folder, the day (acknowledgements and suppressions end).
 */
#pragma once
#include "cmd/analyzing.h"

struct answer {
        struct store *cache;    /* NULL: nothing is kept */
        struct work *walked;    /* of the question, for the analysis when there is no answer */
        char tree[65], rules[65], signature[65];
        bool found;
        struct str text;        /* what was or is to be printed */
        int64_t counts[SEVERITY_COUNT]; /* findings that nobody acknowledged */
};

/* Looks for it; found only when the question can have one at all: argv has no option that brings in more than the sources. */
void answer_find(struct analyzing *z, int argc, char **argv, const struct out_request *requests, size_t n, struct answer *ret);
void answer_keep(struct answer *a);
void answer_release(struct answer *a);
