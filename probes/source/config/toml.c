/*
 * TOML by its syntax tree: paths like tool.poetry.scripts.bot, elements of arrays of tables by number.
 */
#include "probes/source/config/config.h"
#include "probes/source/kinds.h"

#include <stdio.h>
#include <string.h>

static void put(struct file *f, uint32_t n, const char *path, int depth);

/* The text inside the quotes; three of them may stand before a line end that does not count. */
static struct span string_span(const struct file *f, uint32_t n)
{
        struct span s = {f->nodes[n].start, f->nodes[n].end};
        uint32_t inset = span_starts(f, s, "\"\"\"") || span_starts(f, s, "'''") ? 3 : 1;
        if (s.end - s.start < 2 * inset)
                return s;
        s = (struct span){s.start + inset, s.end - inset};
        if (inset == 3 && s.start < s.end && f->bytes[s.start] == '\r')
                s.start++;
        if (inset == 3 && s.start < s.end && f->bytes[s.start] == '\n')
                s.start++;
        return s;
}

static const char *key_text(const struct file *f, uint32_t n, int depth)
{
        if (f->nodes[n].kind == TK_quoted_key)
                return span_text(f, string_span(f, n));
        if (f->nodes[n].kind != TK_dotted_key || depth > TREE_NEST_MAX)
                return span_text(f, (struct span){f->nodes[n].start, f->nodes[n].end});
        const char *path = "";
        EACH_CHILD(f, n, c)
                path = config_key(f, path, key_text(f, c, depth + 1));
        return path;
}

static bool is_key(uint8_t kind)
{
        return kind == TK_bare_key || kind == TK_quoted_key || kind == TK_dotted_key;
}

static void put_pair(struct file *f, uint32_t n, const char *path, int depth)
{
        uint32_t key = node_first(f, n), value = key == NO_NODE ? NO_NODE : node_next(f, key);
        if (value != NO_NODE && is_key(f->nodes[key].kind))
                put(f, value, config_key(f, path, key_text(f, key, 0)), depth + 1);
}

static void put_array(struct file *f, uint32_t n, const char *path, int depth)
{
        int i = 0;
        EACH_CHILD(f, n, c)
                put(f, c, arena_printf(f->source->arena, "%s.%d", path, i++), depth + 1);
}

static const char *unescaped(struct arena *a, const char *text)
{
        char *out = arena_strdup(a, text), *o = out;
        for (const char *p = text; *p; p++) {
                if (*p == '\\' && p[1])
                        *o++ = *++p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
                else
                        *o++ = *p;
        }
        *o = '\0';
        return out;
}

static void put(struct file *f, uint32_t n, const char *path, int depth)
{
        uint8_t kind = f->nodes[n].kind;
        if (depth > TREE_NEST_MAX)
                return;
        if (kind == TK_inline_table) {
                EACH_CHILD(f, n, c)
                        put_pair(f, c, path, depth);
        } else if (kind == TK_array) {
                put_array(f, n, path, depth);
        } else if (kind == TK_string) {
                struct entry *e = config_add(f, path, string_span(f, n), true);
                if (e && f->bytes[f->nodes[n].start] == '"' && strchr(e->value, '\\'))
                        e->value = unescaped(f->source->arena, e->value);
        } else {
                config_add(f, path, (struct span){f->nodes[n].start, f->nodes[n].end}, false);
        }
}

/* [a.b] is a.b; the n-th [[a.b]] is a.b.n. */
static const char *table_path(struct file *f, uint32_t n, const char *last_array, int *count)
{
        uint32_t key = node_first(f, n);
        if (key == NO_NODE || !is_key(f->nodes[key].kind))
                return NULL;
        const char *path = key_text(f, key, 0);
        if (f->nodes[n].kind == TK_table)
                return path;
        *count = last_array && !strcmp(path, last_array) ? *count + 1 : 0;
        return path;
}

void config_read_toml(struct file *f)
{
        tree_build(f, SYNTAX_TOML, f->bytes);
        const char *array = NULL, *path;
        int count = 0;
        for (uint32_t n = f->node_count ? node_first(f, 0) : NO_NODE; n != NO_NODE; n = node_next(f, n)) {
                if (f->nodes[n].kind == TK_pair) {
                        put_pair(f, n, "", 0);
                        continue;
                }
                if (!(path = table_path(f, n, array, &count)))
                        continue;
                if (f->nodes[n].kind == TK_table_array_element) {
                        array = path;
                        path = arena_printf(f->source->arena, "%s.%d", path, count);
                }
                EACH_CHILD(f, n, c)
                        if (f->nodes[c].kind == TK_pair)
                                put_pair(f, c, path, 0);
        }
}
