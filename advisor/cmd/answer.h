/*
 * The answer to the same question about the same files. `analyze PATH` in an editor, a hook or a pipeline is asked again and again
 * about a tree that did not change: then what it printed is printed again, without looking at facts or rules.
 *
 * The same: names, sizes, times and inodes of all files below the roots (changed files of the last moment are not trusted), this
 * build, the rule files, the configuration, the formats, the working folder, the day (acknowledgements and suppressions end).
 *
 * Nearly the same: files changed, but all facts are what they were, and so are the texts that findings, suppressions and fixes were
 * taken from. Most edits of most files are like that: then rules need not be asked again.
 */
#pragma once
#include "cmd/analyzing.h"

struct answer {
        struct store *cache;    /* NULL: nothing is kept */
        struct work *walked;    /* of the question, for the analysis when there is no answer */
        char tree[65], rules[65], signature[65];
        char facts[65];         /* hash over the facts; "": not known */
        bool is_settled;        /* no file changed in the last moment, which its times might not tell */
        bool found;
        struct str text;        /* what was or is to be printed */
        struct str texts;       /* texts_states() of those it was made from */
        int64_t counts[SEVERITY_COUNT]; /* findings that nobody acknowledged */
};

/* Looks for it; found only when the question can have one at all: argv has no option that brings in more than the sources. */
void answer_find(struct analyzing *z, int argc, char **argv, const struct out_request *requests, size_t n, struct answer *ret);
/* The last answer, if the facts of now are those that it was given on. Leaves the analysed sources in a->walked. */
void answer_find_by_facts(struct analyzing *z, struct answer *a);
/* What was analysed, or nothing but the files' states when it was found by facts. */
void answer_keep(const struct analyzing *z, struct answer *a);
void answer_release(struct answer *a);
