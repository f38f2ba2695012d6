/*
 * YAML by its syntax tree (libyaml's marks count characters, and templated files would not parse at all): paths like
 * services.web.command, list items by number, the n-th document (from 1) below "@n". Aliases and merge keys are followed, what a
 * mapping says itself comes after what it merges, since the last entry counts. What a template decides is marked.
 */
#include "probes/source/config/config.h"
#include "probes/source/kinds.h"

#include <stdio.h>
#include <string.h>

enum { YAML_STEPS_MAX = 200000, YAML_DEPTH_MAX = 60 };

struct yaml {
        struct file *f;
        struct holes holes;
        VEC(uint32_t) anchors;
        int steps, depth;
};

static void put(struct yaml *y, uint32_t n, const char *path);

static bool is_scalar(uint8_t kind)
{
        return kind == YK_plain_scalar || kind == YK_single_quote_scalar || kind == YK_double_quote_scalar || kind == YK_block_scalar;
}

/* Below the wrappers, past anchors and tags: a scalar, mapping, sequence or alias. */
static uint32_t content(const struct file *f, uint32_t n)
{
        while (n != NO_NODE && (f->nodes[n].kind == YK_block_node || f->nodes[n].kind == YK_flow_node || f->nodes[n].kind == YK_block_sequence_item)) {
                uint32_t inner = NO_NODE;
                EACH_CHILD(f, n, c)
                        if (f->nodes[c].kind != YK_anchor && f->nodes[c].kind != YK_tag)
                                inner = c;
                n = inner;
        }
        return n;
}

/* ── Scalars ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *unescaped(struct arena *a, const char *text, uint8_t kind)
{
        char *out = arena_strdup(a, text), *o = out;
        for (const char *p = text; *p; p++) {
                bool twice = kind == YK_single_quote_scalar && p[0] == '\'' && p[1] == '\'';
                if (kind == YK_double_quote_scalar && *p == '\\' && p[1])
                        *o++ = *++p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
                else
                        *o++ = *p;
                p += twice;
        }
        *o = '\0';
        return out;
}

/* A literal or folded text without its indentation. */
static const char *block_text(struct file *f, struct span s, bool folded)
{
        CLEANUP(str_release) struct str out = {0};
        uint32_t indent = 0;
        for (uint32_t i = s.start; i < s.end && f->bytes[i] == ' '; i++)
                indent++;
        while (s.start < s.end) {
                struct span line = {s.start, span_find(f, s, "\n")};
                s.start = line.end + (line.end < s.end);
                for (uint32_t i = 0; i < indent && line.start < line.end && f->bytes[line.start] == ' '; i++)
                        line.start++;
                str_add_len(&out, f->bytes + line.start, line.end - line.start);
                if (s.start < s.end)
                        str_add_char(&out, folded ? ' ' : '\n');
        }
        return arena_strdup(f->source->arena, str_text(&out));
}

static struct span inside_quotes(const struct file *f, uint32_t n)
{
        struct span s = {f->nodes[n].start, f->nodes[n].end};
        bool quoted = f->nodes[n].kind == YK_single_quote_scalar || f->nodes[n].kind == YK_double_quote_scalar;
        if (quoted && s.end - s.start >= 2)
                s = (struct span){s.start + 1, s.end - 1};
        return s;
}

static void put_scalar(struct yaml *y, uint32_t n, const char *path)
{
        struct file *f = y->f;
        uint8_t kind = f->nodes[n].kind;
        struct span s = inside_quotes(f, n);
        bool folded = kind == YK_block_scalar && f->bytes[s.start] == '>';
        if (kind == YK_block_scalar) {
                uint32_t line = span_find(f, s, "\n");
                s.start = line + (line < s.end);
        }
        struct entry *e = config_add(f, path, s, kind != YK_plain_scalar);
        if (!e)
                return;
        if (kind == YK_block_scalar)
                e->value = block_text(f, s, folded);
        else if (kind != YK_plain_scalar && (strchr(e->value, '\\') || strstr(e->value, "''")))
                e->value = unescaped(f->source->arena, e->value, kind);
        e->templated |= config_is_hole(&y->holes, s);
}

/* ── Collections ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_pair(uint8_t kind)
{
        return kind == YK_block_mapping_pair || kind == YK_flow_pair;
}

static void put_pair(struct yaml *y, uint32_t n, const char *path, bool merges)
{
        struct file *f = y->f;
        uint32_t key = content(f, node_field(f, n, F_key)), value = node_field(f, n, F_value);
        if (key == NO_NODE || value == NO_NODE || !is_scalar(f->nodes[key].kind))
                return;
        struct span name = inside_quotes(f, key);
        if (span_is(f, name, "<<") != merges)
                return;
        if (!merges) {
                put(y, value, config_key(f, path, span_text(f, name)));
                return;
        }
        uint32_t target = content(f, value), items[16], count = 0;
        if (target == NO_NODE)
                return;
        if (f->nodes[target].kind != YK_flow_sequence && f->nodes[target].kind != YK_block_sequence) {
                put(y, target, path);
                return;
        }
        EACH_CHILD(f, target, item)
                if (count < 16)
                        items[count++] = item;
        while (count) /* the first of them counts */
                put(y, items[--count], path);
}

static void put_mapping(struct yaml *y, uint32_t n, const char *path)
{
        for (int merges = 1; merges >= 0; merges--)
                EACH_CHILD(y->f, n, c)
                        if (is_pair(y->f->nodes[c].kind))
                                put_pair(y, c, path, merges);
                        else if (!merges)
                                put(y, c, path);
}

static void put_sequence(struct yaml *y, uint32_t n, const char *path)
{
        int i = 0;
        char number[16];
        EACH_CHILD(y->f, n, c)
        {
                snprintf(number, sizeof number, "%d", i++);
                put(y, c, config_key(y->f, path, arena_strdup(y->f->source->arena, number)));
        }
}

/* The anchor of this name that stands last before the alias. */
static uint32_t anchored(const struct yaml *y, uint32_t alias)
{
        const struct file *f = y->f;
        const char *name = f->bytes + f->nodes[alias].start + 1;
        size_t len = f->nodes[alias].end - f->nodes[alias].start - 1;
        for (size_t i = y->anchors.len; i-- > 0;) {
                const struct node *a = &f->nodes[y->anchors.items[i]];
                if (a->end <= f->nodes[alias].start && a->end - a->start == len + 1 && !memcmp(f->bytes + a->start + 1, name, len))
                        return a->parent;
        }
        return NO_NODE;
}

static void put_node(struct yaml *y, uint32_t n, const char *path)
{
        uint8_t kind = y->f->nodes[n].kind;
        if (is_scalar(kind))
                put_scalar(y, n, path);
        else if (kind == YK_block_mapping || kind == YK_flow_mapping)
                put_mapping(y, n, path);
        else if (kind == YK_block_sequence || kind == YK_flow_sequence)
                put_sequence(y, n, path);
        else if (is_pair(kind))
                put_pair(y, n, path, false);
        else if (kind == YK_alias && (n = anchored(y, n)) != NO_NODE)
                put(y, n, path);
        else if (kind == YK_other && n != NO_NODE) /* what does not parse: the pairs in it still say something */
                EACH_CHILD(y->f, n, c)
                        put(y, c, path);
}

static void put(struct yaml *y, uint32_t n, const char *path)
{
        n = content(y->f, n);
        if (n == NO_NODE || --y->steps < 0 || y->depth >= YAML_DEPTH_MAX)
                return;
        y->depth++;
        put_node(y, n, path);
        y->depth--;
}

void config_read_yaml(struct file *f)
{
        struct yaml y = {.f = f, .holes = {.arena = f->source->arena}, .steps = YAML_STEPS_MAX};
        const char *masked = config_mask(f, &y.holes);
        tree_build(f, SYNTAX_YAML, masked ? masked : f->bytes);
        if (!f->node_count)
                return;
        for (uint32_t i = 0; i < f->node_count; i++)
                if (f->nodes[i].kind == YK_anchor)
                        *vec_push(f->source->arena, &y.anchors) = i;
        int document = 0;
        EACH_CHILD(f, 0, d)
        {
                bool is_document = f->nodes[d].kind == YK_document;
                const char *prefix = document ? arena_printf(f->source->arena, "@%d", document) : "";
                if (is_document)
                        EACH_CHILD(f, d, c)
                                put(&y, c, prefix);
                else
                        put(&y, d, prefix);
                document += is_document;
        }
        if (y.steps < 0)
                f->note = "aliases expand to more than one file may have: the rest is left out";
}
