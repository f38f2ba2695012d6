#include "rule/extent.h"
#include "base/str.h"
#include "lib/syntax.h"

#include <string.h>

enum { DEPTH_MAX = 250 };

struct walk {
        struct extents *extents;
        const struct text *text;
        uint16_t block;
        size_t open[DEPTH_MAX]; /* the extent of the compound statement at each depth, one up; 0: none */
};

static bool is_compound(const char *kind)
{
        static const char *const kinds[] = {"for_statement", "while_statement", "if_statement", "with_statement", "try_statement", "match_statement", "elif_clause",
                                            "else_clause", "except_clause", "finally_clause", "case_clause", "function_definition", "class_definition"};
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (!strcmp(kind, kinds[i]))
                        return true;
        return false;
}

static void add(struct walk *w, int first, int last)
{
        *vec_push(w->extents->arena, &w->extents->list) = (struct extent){first, last};
}

/* A compound statement is open until its body begins: that line is where its head ended. */
static bool visit(void *arg, const struct syntax_node *n)
{
        struct walk *w = arg;
        int depth = n->depth < DEPTH_MAX ? n->depth : DEPTH_MAX - 1, line, col;
        const char *kind = syntax_kind_name(SYNTAX_PYTHON, n->kind);
        w->open[depth] = 0;
        if (n->kind == w->block && depth > 0 && w->open[depth - 1]) {
                struct extent *x = &w->extents->list.items[w->open[depth - 1] - 1];
                if (n->line > x->first)
                        x->last = n->line - 1;
                w->open[depth - 1] = 0;
                return true;
        }
        if (is_compound(kind)) {
                add(w, n->line, n->line);
                w->open[depth] = w->extents->list.len;
                return true;
        }
        if ((!str_ends(kind, "_statement") && strcmp(kind, "decorator")) || !text_position(w->text, n->end, &line, &col))
                return true;
        add(w, n->line, line);
        return false;
}

void extents_find(struct extents *e, const struct text *t)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *tree = NULL;
        if (e->looked)
                return;
        e->looked = true;
        if (!t->bytes || !(str_ends(t->file, ".py") || str_ends(t->file, ".pyw")) || syntax_parse(SYNTAX_PYTHON, t->bytes, t->len, &tree, NULL) < 0)
                return;
        struct walk w = {.extents = e, .text = t, .block = syntax_kind(SYNTAX_PYTHON, "block", true)};
        syntax_walk(tree, visit, &w);
}

const struct extent *extent_at(const struct extents *e, int line)
{
        const struct extent *best = NULL;
        for (size_t i = 0; i < e->list.len; i++) {
                const struct extent *x = &e->list.items[i];
                if (line >= x->first && line <= x->last && (!best || x->last - x->first <= best->last - best->first))
                        best = x;
        }
        return best;
}
