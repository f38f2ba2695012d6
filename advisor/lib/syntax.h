/*
 * Syntax trees of sources, by tree-sitter with the grammars pinned in probes/source/grammars/. Positions are bytes.
 *
 * A file that does not parse still has a tree: syntax_error_count() says how much of it is missing. Parsing is bounded in
 * time and size; a library and a grammar of different ABI are an error that names the wrong package.
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum syntax_lang { SYNTAX_PYTHON, SYNTAX_YAML, SYNTAX_TOML, SYNTAX_LANG_COUNT };
enum { SYNTAX_BYTES_MAX = 16 << 20, SYNTAX_PARSE_MAX_US = 5000000 };

struct syntax_tree;

/* ERR_RANGE when the text is too large or takes too long, ERR_CONFIG when library and grammar do not fit. The bytes are borrowed. */
int syntax_parse(enum syntax_lang lang, const char *bytes, size_t len, struct syntax_tree **ret_tree, struct err *err);
struct syntax_tree *syntax_tree_free(struct syntax_tree *t); /* returns NULL */
DEFINE_CLEANUP(struct syntax_tree *, syntax_tree_free)

/* Number of places that do not parse; *ret_line (may be NULL) is the 1-based line of the first, 0 when there is none. */
int syntax_error_count(const struct syntax_tree *t, int *ret_line);

struct syntax_node {
        uint16_t kind;  /* syntax_kind() */
        uint16_t field; /* syntax_field(), 0 is none */
        bool named, is_error, is_missing;
        int depth;      /* of the root: 0 */
        uint32_t start, end; /* bytes */
        int line, col;  /* 1-based, col in bytes */
};

/* Ids by name; 0 when the grammar has none. `named` tells `call` from the token "call". */
uint16_t syntax_kind(enum syntax_lang lang, const char *name, bool named);
const char *syntax_kind_name(enum syntax_lang lang, uint16_t kind);
uint16_t syntax_field(enum syntax_lang lang, const char *name);

/* One walk over all nodes, parents first. visit() returns false to leave out what is below a node. */
void syntax_walk(const struct syntax_tree *t, bool (*visit)(void *arg, const struct syntax_node *node), void *arg);

/* The same over named nodes, errors and tokens of one kind only, without lines and columns: what a whole tree costs counts here. */
void syntax_walk_named(const struct syntax_tree *t, uint16_t token, bool (*visit)(void *arg, const struct syntax_node *node), void *arg);

/* The tokens in the order of the file, comments included. */
struct syntax_leaves;
struct syntax_leaves *syntax_leaves_new(const struct syntax_tree *t);
bool syntax_leaves_next(struct syntax_leaves *l, struct syntax_node *ret_leaf);
struct syntax_leaves *syntax_leaves_free(struct syntax_leaves *l); /* returns NULL */
DEFINE_CLEANUP(struct syntax_leaves *, syntax_leaves_free)

/*
 * Users' patterns: tree-sitter queries with the predicates #eq? #not-eq? #match? #not-match? #any-of?.
 * ERR_CONFIG with line and column inside the pattern when it does not compile.
 */
struct syntax_query;
int syntax_query_new(enum syntax_lang lang, const char *pattern, struct syntax_query **ret_query, struct err *err);
struct syntax_query *syntax_query_free(struct syntax_query *q); /* returns NULL */
DEFINE_CLEANUP(struct syntax_query *, syntax_query_free)

struct syntax_capture {
        const char *name;
        struct syntax_node node;
};

/*
 * Calls match() for each match, in the order of the file; it returns false to stop. At most max_matches are looked at: past
 * that ERR_RANGE, after the matches before it were given.
 */
int syntax_query(const struct syntax_query *q, const struct syntax_tree *t, size_t max_matches,
                 bool (*match)(void *arg, const struct syntax_capture *captures, size_t n), void *arg, struct err *err);
