/*
 * What can be asked of a file without reading it again: its names, their places, whom it calls, what it imports. Kept in the history.
 */
#include "probes/source/python/index.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
        return (x > y) - (x < y);
}

static int by_mark(const void *a, const void *b)
{
        const struct mark *x = a, *y = b;
        return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->value > y->value) - (x->value < y->value);
}

struct marks {
        struct mark *items;
        size_t len, cap;
};

static size_t sort_unique(uint64_t *items, size_t n)
{
        size_t kept = 0;
        if (n)
                qsort(items, n, sizeof *items, by_number);
        for (size_t i = 0; i < n; i++)
                if (!kept || items[kept - 1] != items[i])
                        items[kept++] = items[i];
        return kept;
}

/* Equal keys become one mark, whose value is that of all of them. */
static void sort_marks(struct summary *y)
{
        size_t kept = 0;
        if (y->mark_count)
                qsort(y->marks, y->mark_count, sizeof *y->marks, by_mark);
        for (size_t i = 0; i < y->mark_count; i++) {
                if (kept && y->marks[kept - 1].key == y->marks[i].key)
                        y->marks[kept - 1].value = y->marks[kept - 1].value * 31 + y->marks[i].value;
                else
                        y->marks[kept++] = y->marks[i];
        }
        y->mark_count = kept;
}

static void summarise_marks(struct file *f, struct marks *marks)
{
        struct arena *a = f->source->arena;
        for (size_t i = 0; i < f->item_count; i++)
                *vec_push(a, marks) = (struct mark){.key = f->items[i].key};
        for (size_t i = 0; i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                const uint64_t about[] = {b->at, b->kind, b->value == NO_NODE ? 0 : f->nodes[b->value].start, f->nodes[b->block].start, (uint64_t)(int64_t)b->item};
                *vec_push(a, marks) = (struct mark){.key = name_in_file(f, b->name, strlen(b->name)), .value = table_hash((const char *)about, sizeof about)};
        }
        for (size_t i = 0; i < f->scope->stars.len; i++)
                *vec_push(a, marks) = (struct mark){.key = name_in_file(f, "*", 1), .value = table_hash(f->scope->stars.items[i], strlen(f->scope->stars.items[i])) + i};
}

struct names {
        uint64_t *items;
        size_t len, cap;
};

static void summarise_bases(struct file *f, uint32_t class, struct names *names, struct marks *marks)
{
        struct arena *a = f->source->arena;
        uint32_t bases = node_field(f, class, F_superclasses);
        if (bases == NO_NODE)
                return;
        EACH_CHILD(f, bases, b)
        {
                uint32_t name = base_name(f, b);
                if (name == NO_NODE)
                        continue;
                const char *key = base_key(a, f, name);
                uint64_t hash = name_hash(LOOK_CALLS, key, strlen(key));
                *vec_push(a, names) = hash;
                *vec_push(a, marks) = (struct mark){.key = hash, .value = table_hash(f->bytes + f->nodes[class].start, f->nodes[bases].end - f->nodes[class].start) + f->nodes[class].start};
        }
}

static void summarise_registration(struct file *f, uint32_t n, struct names *names, struct marks *marks)
{
        const char *key = registration_key(f, n);
        if (!key)
                return;
        uint64_t hash = name_hash(LOOK_CALLS, key, strlen(key));
        *vec_push(f->source->arena, names) = hash;
        *vec_push(f->source->arena, marks) = (struct mark){.key = hash, .value = table_hash(f->bytes + f->nodes[n].start, f->nodes[n].end - f->nodes[n].start) + f->nodes[n].start};
}

static void summarise_calls(struct file *f, struct summary *y, struct marks *marks)
{
        struct names names = {0};
        struct arena *a = f->source->arena;
        for (uint32_t n = 0; n < f->node_count; n++) {
                if (f->nodes[n].kind == PY_class_definition)
                        summarise_bases(f, n, &names, marks);
                if (f->nodes[n].kind == PY_class_definition || f->nodes[n].kind == PY_call)
                        summarise_registration(f, n, &names, marks);
                if (f->nodes[n].kind != PY_call)
                        continue;
                uint32_t function = node_field(f, n, F_function);
                if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                        function = node_field(f, function, F_attribute);
                if (function == NO_NODE || f->nodes[function].kind != PY_identifier)
                        continue;
                const char *name = f->bytes + f->nodes[function].start;
                size_t len = f->nodes[function].end - f->nodes[function].start;
                uint64_t key = name_hash(LOOK_CALLS, name, len), place = table_hash(f->bytes + f->nodes[n].start, f->nodes[function].end - f->nodes[n].start) + f->nodes[n].start;
                *vec_push(a, &names) = key;
                *vec_push(a, marks) = (struct mark){.key = key, .value = place};
                *vec_push(a, marks) = (struct mark){.key = calls_in_file(f, name, len), .value = place};
        }
        y->calls = names.items;
        y->call_count = sort_unique(names.items, names.len);
}

static void summarise_imports(const struct scope *s, struct str *out)
{
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                if (b->kind != B_IMPORT && b->kind != B_FROM)
                        continue;
                str_printf(out, "%d", b->level);
                str_add_char(out, '\0');
                str_add(out, b->module ? b->module : "");
                str_add_char(out, '\0');
                str_add(out, b->kind == B_FROM ? b->symbol : "");
                str_add_char(out, '\0');
        }
        for (size_t i = 0; i < s->stars.len; i++) {
                const char *star = s->stars.items[i];
                int level = (int)strspn(star, ".");
                str_printf(out, "%d", level);
                str_add_char(out, '\0');
                str_add(out, star + level);
                str_add_len(out, "\0*", 3);
        }
}

static bool imports_cli(const struct scope *s)
{
        static const char *const parsers[] = {"argparse", "click", "typer", "fire", "optparse", "getopt"};
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                for (size_t k = 0; k < sizeof parsers / sizeof *parsers; k++)
                        if ((b->kind == B_IMPORT || b->kind == B_FROM) && b->module && !strcmp(b->module, parsers[k]))
                                return true;
        }
        return false;
}

void python_summary(struct file *f, struct summary *ret)
{
        struct source *s = f->source;
        struct arena *before = s->arena;
        CLEANUP(str_release) struct str imports = {0};
        s->arena = s->keep;
        ret->known = true;
        if (f->lang == LANG_PYTHON && f->scope) {
                struct marks marks = {0};
                summarise_calls(f, ret, &marks);
                summarise_marks(f, &marks);
                ret->marks = marks.items;
                ret->mark_count = marks.len;
                sort_marks(ret);
                VEC(uint64_t) defs = {0};
                summarise_imports(f->scope, &imports);
                for (size_t i = 0; i < f->scopes.len; i++) {
                        const struct scope *scope = f->scopes.items[i];
                        *vec_push(s->keep, &defs) = name_hash(LOOK_DEFINED, scope->name, strlen(scope->name));
                        summarise_imports(scope, &imports);
                }
                ret->defs = defs.items;
                ret->def_count = sort_unique(defs.items, defs.len);
                char *copy = arena_alloc(s->keep, imports.len + 1);
                if (imports.len)
                        memcpy(copy, str_text(&imports), imports.len);
                ret->imports = copy;
                ret->imports_len = imports.len;
                ret->cli = imports_cli(f->scope);
        }
        s->arena = before;
}
