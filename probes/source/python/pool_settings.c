/*
 * Sizes of pools in settings that nothing in the tree is seen to use: DB = {"host": ..., "pool_size": 10}, or the field
 * db_pool_size of a settings class. Only names that can mean nothing else count: the knob's own, and a database or Redis in the
 * name around it.
 */
#include "probes/source/python/python.h"

#include <ctype.h>
#include <string.h>

enum { NESTED_MAX = 3 };

static const struct {
        const char *key, *knob;
} knobs[] = {
        {"pool_size", "size"}, {"max_overflow", "overflow"}, {"max_connections", "size"}, {"pool_max_size", "size"}, {"pool_min_size", "min_size"},
        {"max_pool_size", "size"}, {"min_pool_size", "min_size"}, {"pool_max_overflow", "overflow"},
};

static const char *lower(struct arena *a, const char *name)
{
        char *out = arena_strdup(a, name);
        for (char *c = out; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return out;
}

/* The knob that ends the name, with an end of a word before it. */
static const char *knob_named(const char *name, bool whole)
{
        for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++) {
                size_t n = strlen(name), k = strlen(knobs[i].key);
                if (n == k ? !strcmp(name, knobs[i].key) : !whole && n > k && str_ends(name, knobs[i].key) && name[n - k - 1] == '_')
                        return knobs[i].knob;
        }
        return NULL;
}

/* "redis", "database", or NULL: what the words of a name are about. */
static const char *subject_of(const char *name)
{
        static const char *const databases[] = {"db", "database", "databases", "pg", "postgres", "postgresql", "psql", "sql", "sqlalchemy", "alchemy", "asyncpg"};
        if (strstr(name, "redis"))
                return "redis";
        for (const char *word = name; *word; word += strspn(word, "_")) {
                size_t n = strcspn(word, "_");
                for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
                        if (n == strlen(databases[i]) && !strncmp(word, databases[i], n))
                                return "database";
                word += n;
        }
        return strstr(name, "sqlalchemy") || strstr(name, "postgres") || strstr(name, "database") ? "database" : NULL;
}

static void add(struct file *f, struct pool_settings *out, const char *name, const char *subject, const char *knob, struct value v)
{
        if (v.kind != V_NUMBER || !v.decided_in || v.number < 0 || v.number > 1000000)
                return;
        struct source *s = f->source;
        *vec_push(s->arena, out) = (struct pool_setting){.name = arena_printf(s->arena, "%s:%s", f->module, name), .subject = subject, .knob = {.name = knob, .value = value_keep(s, v), .given = true}};
}

/* ── Dictionaries ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *key_of(const struct file *f, uint32_t pair)
{
        uint32_t k = node_field(f, pair, F_key);
        if (k == NO_NODE || f->nodes[k].kind != PY_string)
                return NULL;
        const char *text = node_text(f, k);
        size_t n = strlen(text);
        return n >= 2 && strchr("'\"", text[0]) ? lower(f->source->scratch, arena_strndup(f->source->scratch, text + 1, n - 2)) : NULL;
}

static bool is_connection(const struct file *f, uint32_t dict)
{
        static const char *const keys[] = {"host", "port", "url", "dsn", "db", "database", "dbname", "user", "username", "drivername"};
        EACH_CHILD(f, dict, pair)
        {
                const char *key = f->nodes[pair].kind == PY_pair ? key_of(f, pair) : NULL;
                for (size_t i = 0; key && i < sizeof keys / sizeof *keys; i++)
                        if (!strcmp(key, keys[i]))
                                return true;
        }
        return false;
}

static void in_dictionary(struct scope *s, uint32_t dict, const char *name, struct pool_settings *out, int depth)
{
        struct file *f = s->file;
        const char *subject = subject_of(lower(f->source->scratch, name));
        bool connection = subject && is_connection(f, dict);
        EACH_CHILD(f, dict, pair)
        {
                const char *key = f->nodes[pair].kind == PY_pair ? key_of(f, pair) : NULL;
                uint32_t value = key ? node_field(f, pair, F_value) : NO_NODE;
                if (value == NO_NODE)
                        continue;
                const char *knob = knob_named(key, true);
                if (f->nodes[value].kind == PY_dictionary && depth < NESTED_MAX)
                        in_dictionary(s, value, arena_printf(f->source->scratch, "%s_%s", name, key), out, depth + 1);
                else if (knob && connection)
                        add(f, out, name, subject, knob, eval(s, value));
        }
}

/* ── Settings classes ──────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *words_of_class(struct arena *a, const char *name)
{
        CLEANUP(str_release) struct str out = {0};
        for (const char *c = name; *c; c++) {
                if (isupper((unsigned char)*c) && c > name && !isupper((unsigned char)c[-1]))
                        str_add_char(&out, '_');
                str_add_char(&out, (char)tolower((unsigned char)*c));
        }
        return arena_strdup(a, str_text(&out));
}

static void in_settings(struct scope *class, struct pool_settings *out)
{
        struct arena *a = class->file->source->scratch;
        for (size_t i = 0; i < class->bindings.len; i++) {
                const struct binding *b = &class->bindings.items[i];
                const char *name = b->kind == B_ASSIGN ? lower(a, b->name) : "", *knob = knob_named(name, false), *subject = NULL;
                if (knob && !(subject = subject_of(name)) && knob_named(name, true))
                        subject = subject_of(words_of_class(a, class->name));
                if (!subject || !is_settings(class))
                        continue;
                struct value object = {.kind = V_OBJECT, .scope = class, .node = NO_NODE};
                add(class->file, out, arena_printf(a, "%s.%s", class->name, b->name), subject, knob, eval_attribute(object, b->name));
        }
}

void pool_settings_find(struct file *f, struct pool_settings *out)
{
        struct scope *module = f->scope;
        for (size_t i = 0; module && i < module->bindings.len; i++) {
                const struct binding *b = &module->bindings.items[i];
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                if (b->kind == B_ASSIGN && b->value != NO_NODE && f->nodes[b->value].kind == PY_dictionary)
                        in_dictionary(module, b->value, b->name, out, 0);
                else if (b->kind == B_CLASS && b->scope)
                        in_settings(b->scope, out);
        }
}
