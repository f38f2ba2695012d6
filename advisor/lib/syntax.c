#include "lib/syntax.h"
#include "base/str.h"
#include "lib/syntax_memory.h"

#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_toml(void);
const TSLanguage *tree_sitter_yaml(void);

static const struct {
        const TSLanguage *(*language)(void);
        const char *package;
} languages[SYNTAX_LANG_COUNT] = {
        [SYNTAX_PYTHON] = {tree_sitter_python, "tree-sitter-python"},
        [SYNTAX_YAML] = {tree_sitter_yaml, "@tree-sitter-grammars/tree-sitter-yaml"},
        [SYNTAX_TOML] = {tree_sitter_toml, "@tree-sitter-grammars/tree-sitter-toml"},
};

struct syntax_tree {
        TSTree *tree;
        struct syntax_memory *memory; /* all of the tree is in here; NULL: in malloc's */
        enum syntax_lang lang;
        const char *bytes;
};

static void set_allocator(void)
{
        ts_set_allocator(syntax_malloc, syntax_calloc, syntax_realloc, syntax_free);
}

static pthread_once_t allocator_once = PTHREAD_ONCE_INIT;

/* A silent false from set_language is what users of other tools meet; here the package that does not fit has a name. */
static int check_abi(enum syntax_lang lang, struct err *err)
{
        pthread_once(&allocator_once, set_allocator); /* before anything of the library allocates */
        uint32_t abi = ts_language_version(languages[lang].language());
        if (abi > TREE_SITTER_LANGUAGE_VERSION) {
                err_set(err, ERR_CONFIG, "grammar %s has ABI %u, libtree-sitter reads %d to %d", languages[lang].package, abi,
                        TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION, TREE_SITTER_LANGUAGE_VERSION);
                return err_hint(err, "Build with an older %s, as the lock file names it, or a newer libtree-sitter.", languages[lang].package);
        }
        if (abi < TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION) {
                err_set(err, ERR_CONFIG, "grammar %s has ABI %u, libtree-sitter reads %d to %d", languages[lang].package, abi,
                        TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION, TREE_SITTER_LANGUAGE_VERSION);
                return err_hint(err, "Build with a newer %s, as the lock file names it.", languages[lang].package);
        }
        return 0;
}

/* The parser's memory ends with the tree's; only the grammar's scanner, which has its own, is told to let go. */
static TSTree *parse(enum syntax_lang lang, const char *bytes, size_t len, bool in_arena)
{
        TSParser *parser = ts_parser_new();
        if (!parser || !ts_parser_set_language(parser, languages[lang].language())) {
                ts_parser_delete(parser);
                return NULL;
        }
        ts_parser_set_timeout_micros(parser, SYNTAX_PARSE_MAX_US);
        TSTree *tree = ts_parser_parse_string(parser, NULL, bytes, (uint32_t)len);
        if (in_arena)
                ts_parser_set_language(parser, NULL);
        else
                ts_parser_delete(parser);
        return tree;
}

/*
 * libtree-sitter 0.20 keeps the number of a node's children in 16 bits. Past that (65,536 brackets that nobody closes are one node of
 * errors with as many children) the sizes no longer add up to the text, and freeing the tree frees blocks that never were.
 */
static bool is_sound(const TSTree *tree, const char *bytes, size_t len)
{
        if (len <= UINT16_MAX)
                return true;
        for (size_t i = ts_node_end_byte(ts_tree_root_node(tree)); i < len; i++)
                if (!strchr(" \t\r\n\f", bytes[i]))
                        return false;
        return true;
}

/* The usual way to such a node, seen before the parser works on it for nothing. */
static bool is_too_deep(const char *bytes, size_t len)
{
        size_t depth = 0;
        for (size_t i = 0; i < len && depth < UINT16_MAX; i++) {
                char c = bytes[i];
                depth += c == '[' || c == '(' || c == '{';
                depth -= depth && (c == ']' || c == ')' || c == '}');
        }
        return depth == UINT16_MAX;
}

int syntax_parse(enum syntax_lang lang, const char *bytes, size_t len, struct syntax_tree **ret_tree, struct err *err)
{
        int r = check_abi(lang, err);
        if (r < 0)
                return r;
        if (len > SYNTAX_BYTES_MAX)
                return err_set(err, ERR_RANGE, "larger than %d bytes", SYNTAX_BYTES_MAX);
        if (len > UINT16_MAX && is_too_deep(bytes, len))
                return err_set(err, ERR_RANGE, "more than %d brackets that nothing closes", UINT16_MAX);
        struct syntax_tree *t = calloc(1, sizeof *t);
        if (!t)
                return err_set(err, ERR_IO, "out of memory");
        *t = (struct syntax_tree){.memory = syntax_memory_take(), .lang = lang, .bytes = bytes};
        struct syntax_memory *before = syntax_memory_use(t->memory);
        t->tree = parse(lang, bytes, len, t->memory);
        syntax_memory_use(before);
        if (!t->tree) {
                syntax_tree_free(t);
                return err_set(err, ERR_RANGE, "parsing took longer than %d s", SYNTAX_PARSE_MAX_US / 1000000);
        }
        if (!is_sound(t->tree, bytes, len)) {
                t->tree = NULL; /* left where it is */
                syntax_tree_free(t);
                return err_set(err, ERR_RANGE, "more than libtree-sitter can take in one piece");
        }
        *ret_tree = t;
        return 0;
}

struct syntax_tree *syntax_tree_free(struct syntax_tree *t)
{
        if (t && !t->memory && t->tree)
                ts_tree_delete(t->tree);
        if (t)
                syntax_memory_give(t->memory);
        free(t);
        return NULL;
}

/* ── Nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

uint16_t syntax_kind(enum syntax_lang lang, const char *name, bool named)
{
        return ts_language_symbol_for_name(languages[lang].language(), name, (uint32_t)strlen(name), named);
}

const char *syntax_kind_name(enum syntax_lang lang, uint16_t kind)
{
        const char *name = ts_language_symbol_name(languages[lang].language(), kind);
        return name ? name : "";
}

uint16_t syntax_field(enum syntax_lang lang, const char *name)
{
        return ts_language_field_id_for_name(languages[lang].language(), name, (uint32_t)strlen(name));
}

static struct syntax_node describe(TSNode node, uint16_t field, int depth)
{
        TSPoint at = ts_node_start_point(node);
        TSSymbol kind = ts_node_symbol(node);
        return (struct syntax_node){
                .kind = kind,
                .field = field,
                .named = ts_node_is_named(node),
                .is_error = kind == (TSSymbol)-1,
                .is_missing = ts_node_is_missing(node),
                .depth = depth,
                .start = ts_node_start_byte(node),
                .end = ts_node_end_byte(node),
                .line = (int)at.row + 1,
                .col = (int)at.column + 1,
        };
}

static void cursor_release_cleanup(TSTreeCursor *c)
{
        ts_tree_cursor_delete(c);
}

/* To the next node in preorder, below the present one when `down`. False at the end. */
static bool advance(TSTreeCursor *c, bool down, int *depth)
{
        if (down && ts_tree_cursor_goto_first_child(c)) {
                ++*depth;
                return true;
        }
        for (;;) {
                if (ts_tree_cursor_goto_next_sibling(c))
                        return true;
                if (!ts_tree_cursor_goto_parent(c))
                        return false;
                --*depth;
        }
}

/* What stands in a node of errors has no fields, and asking for them takes as long as the node has children. */
enum { KNOWN_DEPTH = 256 };

static bool is_loose(const bool *in_error, int depth)
{
        return depth > 0 && depth <= KNOWN_DEPTH && in_error[depth - 1];
}

void syntax_walk(const struct syntax_tree *t, bool (*visit)(void *arg, const struct syntax_node *node), void *arg)
{
        CLEANUP(cursor_release) TSTreeCursor c = ts_tree_cursor_new(ts_tree_root_node(t->tree));
        bool in_error[KNOWN_DEPTH] = {false};
        int depth = 0;
        for (bool more = true; more;) {
                TSNode node = ts_tree_cursor_current_node(&c);
                bool loose = is_loose(in_error, depth);
                struct syntax_node n = describe(node, loose ? 0 : ts_tree_cursor_current_field_id(&c), depth);
                if (depth < KNOWN_DEPTH)
                        in_error[depth] = n.is_error;
                more = advance(&c, visit(arg, &n), &depth);
        }
}

void syntax_walk_named(const struct syntax_tree *t, uint16_t token, bool (*visit)(void *arg, const struct syntax_node *node), void *arg)
{
        CLEANUP(cursor_release) TSTreeCursor c = ts_tree_cursor_new(ts_tree_root_node(t->tree));
        bool in_error[KNOWN_DEPTH] = {false};
        int depth = 0;
        for (bool more = true; more;) {
                TSNode node = ts_tree_cursor_current_node(&c);
                TSSymbol kind = ts_node_symbol(node);
                bool named = ts_node_is_named(node), error = kind == (TSSymbol)-1;
                bool down = ts_node_child_count(node) > 0;
                if (named || error || kind == token) {
                        uint32_t start = ts_node_start_byte(node);
                        struct syntax_node n = {.kind = kind, .named = named, .is_error = error, .depth = depth, .start = start, .end = ts_node_end_byte(node),
                                                .field = named && !is_loose(in_error, depth) ? ts_tree_cursor_current_field_id(&c) : 0};
                        down &= visit(arg, &n);
                }
                if (depth < KNOWN_DEPTH)
                        in_error[depth] = error;
                more = advance(&c, down, &depth);
        }
}

int syntax_error_count(const struct syntax_tree *t, int *ret_line)
{
        if (ret_line)
                *ret_line = 0;
        if (!ts_node_has_error(ts_tree_root_node(t->tree)))
                return 0;
        CLEANUP(cursor_release) TSTreeCursor c = ts_tree_cursor_new(ts_tree_root_node(t->tree));
        int depth = 0, count = 0;
        for (bool more = true; more;) {
                TSNode n = ts_tree_cursor_current_node(&c);
                bool here = ts_node_symbol(n) == (TSSymbol)-1 || ts_node_is_missing(n);
                if (here && !count++ && ret_line)
                        *ret_line = (int)ts_node_start_point(n).row + 1;
                more = advance(&c, !here && ts_node_has_error(n), &depth);
        }
        return count;
}

struct syntax_leaves {
        TSTreeCursor cursor;
        int depth;
        bool more;
};

struct syntax_leaves *syntax_leaves_new(const struct syntax_tree *t)
{
        struct syntax_leaves *l = calloc(1, sizeof *l);
        if (!l)
                return NULL;
        l->cursor = ts_tree_cursor_new(ts_tree_root_node(t->tree));
        l->more = true;
        return l;
}

bool syntax_leaves_next(struct syntax_leaves *l, struct syntax_node *ret_leaf)
{
        while (l->more) {
                TSNode n = ts_tree_cursor_current_node(&l->cursor);
                bool leaf = ts_node_child_count(n) == 0;
                if (leaf)
                        *ret_leaf = describe(n, ts_tree_cursor_current_field_id(&l->cursor), l->depth);
                l->more = advance(&l->cursor, true, &l->depth);
                if (leaf && ret_leaf->end > ret_leaf->start)
                        return true;
        }
        return false;
}

struct syntax_leaves *syntax_leaves_free(struct syntax_leaves *l)
{
        if (l)
                ts_tree_cursor_delete(&l->cursor);
        free(l);
        return NULL;
}

/* ── Users' patterns ───────────────────────────────────────────────────────────────────────────────────────────────── */

enum { PREDICATES_MAX = 64, CAPTURES_MAX = 64, PREDICATE_ARGS_MAX = 64 };
enum predicate_op { OP_EQ, OP_MATCH, OP_ANY_OF };

struct predicate {
        uint32_t pattern;
        enum predicate_op op;
        bool negated;
        uint32_t capture;
        size_t nargs;
        const char *args[PREDICATE_ARGS_MAX];  /* borrowed from the query; NULL: the capture in captures[] */
        uint32_t captures[PREDICATE_ARGS_MAX];
        regex_t regex;
};

struct syntax_query {
        enum syntax_lang lang;
        TSQuery *query;
        struct predicate predicates[PREDICATES_MAX];
        size_t npredicates;
};

struct syntax_query *syntax_query_free(struct syntax_query *q)
{
        if (!q)
                return NULL;
        for (size_t i = 0; i < q->npredicates; i++)
                if (q->predicates[i].op == OP_MATCH)
                        regfree(&q->predicates[i].regex);
        if (q->query)
                ts_query_delete(q->query);
        free(q);
        return NULL;
}

static int compile_error(const char *pattern, uint32_t offset, TSQueryError type, struct err *err)
{
        static const char *const why[] = {"",       "syntax error", "no such node", "no such field", "no such capture",
                                          "impossible structure", "grammar does not fit"};
        int line = 1, col = 1;
        for (uint32_t i = 0; i < offset && pattern[i]; i++) {
                col = pattern[i] == '\n' ? 1 : col + 1;
                line += pattern[i] == '\n';
        }
        return err_at(err, ERR_CONFIG, NULL, line, col, "pattern: %s at line %d, column %d",
                      (size_t)type < sizeof why / sizeof *why ? why[type] : "error", line, col);
}

static int predicate_op(const char *name, struct predicate *p)
{
        static const struct {
                const char *name;
                enum predicate_op op;
                bool negated;
        } ops[] = {{"eq?", OP_EQ, false}, {"not-eq?", OP_EQ, true}, {"match?", OP_MATCH, false}, {"not-match?", OP_MATCH, true},
                   {"any-of?", OP_ANY_OF, false}, {"not-any-of?", OP_ANY_OF, true}};
        for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
                if (!strcmp(name, ops[i].name)) {
                        p->op = ops[i].op;
                        p->negated = ops[i].negated;
                        return 0;
                }
        return -1;
}

/* steps[0] is the name, steps[1] the capture, the rest its arguments. */
static int add_predicate(struct syntax_query *q, uint32_t pattern, const TSQueryPredicateStep *steps, uint32_t n, struct err *err)
{
        uint32_t len;
        const char *name = n && steps[0].type == TSQueryPredicateStepTypeString ? ts_query_string_value_for_id(q->query, steps[0].value_id, &len) : "";
        if (q->npredicates == PREDICATES_MAX)
                return err_set(err, ERR_CONFIG, "pattern: more than %d predicates", PREDICATES_MAX);
        struct predicate *p = &q->predicates[q->npredicates];
        *p = (struct predicate){.pattern = pattern};
        if (predicate_op(name, p) < 0)
                return err_set(err, ERR_CONFIG, "pattern: unknown predicate '#%s' (eq?, match?, any-of? and their not- forms are known)", name);
        if (n < 3 || steps[1].type != TSQueryPredicateStepTypeCapture || n - 2 > PREDICATE_ARGS_MAX)
                return err_set(err, ERR_CONFIG, "pattern: #%s takes a capture and values", name);
        p->capture = steps[1].value_id;
        for (uint32_t i = 2; i < n; i++) {
                if (steps[i].type == TSQueryPredicateStepTypeString)
                        p->args[p->nargs] = ts_query_string_value_for_id(q->query, steps[i].value_id, &len);
                else
                        p->captures[p->nargs] = steps[i].value_id;
                p->nargs++;
        }
        if (p->op == OP_MATCH && (!p->args[0] || regcomp(&p->regex, p->args[0], REG_EXTENDED | REG_NOSUB))) {
                p->op = OP_EQ;
                return err_set(err, ERR_CONFIG, "pattern: '%s' is not a regular expression", p->args[0] ? p->args[0] : "@capture");
        }
        q->npredicates++;
        return 0;
}

static int read_predicates(struct syntax_query *q, struct err *err)
{
        for (uint32_t pattern = 0; pattern < ts_query_pattern_count(q->query); pattern++) {
                uint32_t n, begin = 0;
                const TSQueryPredicateStep *steps = ts_query_predicates_for_pattern(q->query, pattern, &n);
                for (uint32_t i = 0; i < n; i++) {
                        if (steps[i].type != TSQueryPredicateStepTypeDone)
                                continue;
                        int r = add_predicate(q, pattern, steps + begin, i - begin, err);
                        if (r < 0)
                                return r;
                        begin = i + 1;
                }
        }
        return 0;
}

int syntax_query_new(enum syntax_lang lang, const char *pattern, struct syntax_query **ret_query, struct err *err)
{
        int r = check_abi(lang, err);
        if (r < 0)
                return r;
        CLEANUP(syntax_query_free) struct syntax_query *q = calloc(1, sizeof *q);
        if (!q)
                return err_set(err, ERR_IO, "out of memory");
        uint32_t offset;
        TSQueryError type;
        q->lang = lang;
        q->query = ts_query_new(languages[lang].language(), pattern, (uint32_t)strlen(pattern), &offset, &type);
        if (!q->query)
                return compile_error(pattern, offset, type, err);
        if ((r = read_predicates(q, err)) < 0)
                return r;
        *ret_query = take(q);
        return 0;
}

static const TSNode *captured(const TSQueryMatch *m, uint32_t id)
{
        for (uint16_t i = 0; i < m->capture_count; i++)
                if (m->captures[i].index == id)
                        return &m->captures[i].node;
        return NULL;
}

static bool same_text(const char *bytes, TSNode node, const char *text, size_t len)
{
        size_t n = ts_node_end_byte(node) - ts_node_start_byte(node);
        return n == len && !memcmp(bytes + ts_node_start_byte(node), text, n);
}

static bool holds(const struct predicate *p, const TSQueryMatch *m, const char *bytes)
{
        const TSNode *node = captured(m, p->capture);
        if (!node)
                return true; /* an optional capture that is not there restricts nothing */
        if (p->op == OP_MATCH) {
                CLEANUP(str_release) struct str text = {0};
                str_add_len(&text, bytes + ts_node_start_byte(*node), ts_node_end_byte(*node) - ts_node_start_byte(*node));
                return (regexec(&p->regex, str_text(&text), 0, NULL, 0) == 0) != p->negated;
        }
        bool any = false;
        for (size_t i = 0; i < p->nargs && !any; i++) {
                const TSNode *other = p->args[i] ? NULL : captured(m, p->captures[i]);
                if (p->args[i])
                        any = same_text(bytes, *node, p->args[i], strlen(p->args[i]));
                else if (other)
                        any = same_text(bytes, *node, bytes + ts_node_start_byte(*other), ts_node_end_byte(*other) - ts_node_start_byte(*other));
        }
        return any != p->negated;
}

static bool accepted(const struct syntax_query *q, const TSQueryMatch *m, const char *bytes)
{
        for (size_t i = 0; i < q->npredicates; i++)
                if (q->predicates[i].pattern == m->pattern_index && !holds(&q->predicates[i], m, bytes))
                        return false;
        return true;
}

static void query_cursor_free(TSQueryCursor *c)
{
        ts_query_cursor_delete(c);
}
DEFINE_CLEANUP(TSQueryCursor *, query_cursor_free)

int syntax_query(const struct syntax_query *q, const struct syntax_tree *t, size_t max_matches,
                 bool (*match)(void *arg, const struct syntax_capture *captures, size_t n), void *arg, struct err *err)
{
        CLEANUP(query_cursor_free) TSQueryCursor *cursor = ts_query_cursor_new();
        if (!cursor)
                return err_set(err, ERR_IO, "out of memory");
        ts_query_cursor_set_match_limit(cursor, 4096);
        ts_query_cursor_exec(cursor, q->query, ts_tree_root_node(t->tree));
        TSQueryMatch m;
        for (size_t seen = 0; ts_query_cursor_next_match(cursor, &m); seen++) {
                struct syntax_capture captures[CAPTURES_MAX];
                size_t n = 0;
                if (seen == max_matches)
                        return err_set(err, ERR_RANGE, "pattern: more than %zu matches in one file", max_matches);
                if (!accepted(q, &m, t->bytes))
                        continue;
                for (uint16_t i = 0; i < m.capture_count && n < CAPTURES_MAX; i++, n++) {
                        uint32_t len;
                        captures[n].name = ts_query_capture_name_for_id(q->query, m.captures[i].index, &len);
                        captures[n].node = describe(m.captures[i].node, 0, 0);
                }
                if (!match(arg, captures, n))
                        return 0;
        }
        return 0;
}
