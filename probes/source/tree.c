/*
 * From bytes to a flat tree: one cursor walk, our own small node, parents and siblings by arithmetic. Tokens and comments are
 * left out; `async` becomes a flag of what it stands before.
 */
#include "base/fs.h"
#include "lib/digest.h"
#include "probes/source/kinds.h"
#include "probes/source/cache.h"

#include <ctype.h>
#include <string.h>

struct builder {
        struct file *file;
        struct arena *arena;
        struct node *nodes; /* grows; the file gets an exact copy */
        enum syntax_lang lang;
        uint16_t async_token, comment;
        uint32_t stack[TREE_NEST_MAX + 1]; /* node at each depth of the flat tree */
        int depths[TREE_NEST_MAX + 1];     /* and its depth in the grammar's tree */
        int top;
        size_t cap;
        bool too_deep;
};

static void close_to(struct builder *b, int depth)
{
        while (b->top >= 0 && b->depths[b->top] >= depth)
                b->nodes[b->stack[b->top--]].after = b->file->node_count;
}

static bool add_node(void *arg, const struct syntax_node *n)
{
        struct builder *b = arg;
        struct file *f = b->file;
        close_to(b, n->depth);
        if (!n->named && !n->is_error) {
                if (n->kind == b->async_token && b->top >= 0)
                        b->nodes[b->stack[b->top]].flags |= NODE_ASYNC;
                return false;
        }
        if (n->kind == b->comment)
                return false;
        if (b->top == TREE_NEST_MAX) {
                b->too_deep = true;
                return false;
        }
        if (f->node_count == b->cap) {
                size_t cap = b->cap ? b->cap * 2 : f->len / 6 + 64;
                b->nodes = arena_grow(b->arena, b->nodes, b->cap * sizeof *b->nodes, cap * sizeof *b->nodes);
                b->cap = cap;
        }
        uint32_t i = f->node_count++;
        b->nodes[i] = (struct node){.kind = kind_of(b->lang, n),
                                    .field = field_of(b->lang, n),
                                    .flags = n->is_error ? NODE_ERROR : 0,
                                    .start = n->start,
                                    .end = n->end,
                                    .parent = b->top >= 0 ? b->stack[b->top] : 0,
                                    .after = i + 1};
        b->stack[++b->top] = i;
        b->depths[b->top] = n->depth;
        return true;
}

void tree_build(struct file *f, enum syntax_lang lang, const char *bytes)
{
        CLEANUP(syntax_tree_free) struct syntax_tree *tree = NULL;
        struct err err = {0};
        if (syntax_parse(lang, bytes, f->len, &tree, &err) < 0) {
                f->note = arena_strdup(f->source->arena, err.msg);
                f->unparsed_line = 1;
                return;
        }
        struct arena *scratch = f->source->scratch;
        CLEANUP(arena_leave) struct arena_scope scope = arena_enter(scratch);
        struct builder *b = arena_new_of(scratch, struct builder);
        *b = (struct builder){.file = f, .arena = scratch, .lang = lang, .top = -1};
        b->async_token = syntax_kind(lang, "async", false);
        b->comment = syntax_kind(lang, "comment", true);
        syntax_walk_named(tree, b->async_token, add_node, b);
        close_to(b, 0);
        f->nodes = f->node_count ? arena_alloc(f->source->arena, f->node_count * sizeof *f->nodes) : NULL;
        if (f->node_count)
                memcpy(f->nodes, b->nodes, f->node_count * sizeof *f->nodes);
        if (syntax_error_count(tree, &f->unparsed_line))
                f->note = "a part does not parse; what does is analysed";
        if (b->too_deep)
                f->note = arena_printf(f->source->arena, "nested deeper than %d levels: what is below is left out", TREE_NEST_MAX);
}

/* ── Text ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void find_lines(struct file *f)
{
        size_t n = 1, longest = 0, begin = 0;
        const char *end = f->bytes + f->len, *at = f->bytes;
        for (const char *p = at; (p = memchr(p, '\n', (size_t)(end - p))); p++)
                n++;
        f->lines = arena_alloc(f->source->arena, n * sizeof *f->lines);
        f->line_count = 1;
        while ((at = memchr(at, '\n', (size_t)(end - at)))) {
                size_t i = (size_t)(at++ - f->bytes);
                f->lines[f->line_count++] = (uint32_t)i + 1;
                longest = i - begin > longest ? i - begin : longest;
                begin = i + 1;
        }
        if (f->len - begin > longest)
                longest = f->len - begin;
        if (longest > FILE_LINE_BYTES_MAX)
                f->note = arena_printf(f->source->arena, "not analysed: a line of %zu bytes is generated or minified", longest);
}

int file_line(const struct file *f, uint32_t byte)
{
        size_t low = 0, high = f->line_count;
        while (high - low > 1) {
                size_t mid = (low + high) / 2;
                if (f->lines[mid] <= byte)
                        low = mid;
                else
                        high = mid;
        }
        return (int)low + 1;
}

void file_position(const struct file *f, uint32_t byte, int *ret_line, int *ret_col)
{
        depends_on_place(f, byte);
        *ret_line = file_line(f, byte);
        *ret_col = (int)(byte - f->lines[*ret_line - 1]) + 1;
}

const char *file_text(struct arena *a, const struct file *f, uint32_t start, uint32_t end)
{
        return arena_strndup(a, f->bytes + start, end - start);
}

const char *file_snippet(struct arena *a, const struct file *f, uint32_t start, uint32_t end, size_t max)
{
        char *out = arena_alloc(a, max + 8);
        size_t n = 0;
        bool blank = false;
        for (uint32_t i = start; i < end; i++) {
                if (isspace((unsigned char)f->bytes[i])) {
                        blank = n > 0;
                        continue;
                }
                if (n + 2 > max) {
                        while (n && ((unsigned char)out[n - 1] & 0xc0) == 0x80) /* never half a character */
                                n--;
                        if (n && ((unsigned char)out[n - 1] & 0xc0) == 0xc0)
                                n--;
                        strcpy(out + n, "...");
                        return out;
                }
                if (blank)
                        out[n++] = ' ';
                blank = false;
                out[n++] = f->bytes[i];
        }
        out[n] = '\0';
        return out;
}

const char *snippet_hash(struct arena *a, const char *snippet)
{
        char hex[65];
        digest_sha256(snippet, strlen(snippet), hex);
        return arena_strndup(a, hex, 16);
}

bool file_parse(struct file *f)
{
        digest_sha256(f->bytes, f->len, f->sha256);
        find_lines(f);
        if (memchr(f->bytes, '\0', f->len))
                f->note = "not analysed: holds NUL bytes";
        if (f->note) {
                f->unparsed_line = 1;
                return false;
        }
        if (f->lang != LANG_PYTHON) {
                config_read(f);
        } else if (!cache_tree(f)) {
                tree_build(f, SYNTAX_PYTHON, f->bytes);
                f->is_parsed = true;
        }
        return true;
}

bool file_read(struct file *f)
{
        struct source *s = f->source;
        struct err err = {0};
        char *bytes;
        if (fs_read_over(s->arena, s->overlay, f->abs, FILE_BYTES_MAX, &bytes, &f->len, &err) < 0) {
                f->note = arena_printf(s->arena, "not read: %s", err.msg);
                f->unparsed_line = 1;
                return false;
        }
        f->bytes = bytes;
        return file_parse(f);
}
