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

/* While they are collected; seq: in the order of the text. */
struct note {
        struct mark mark;
        size_t seq;
};

static int by_note(const void *a, const void *b)
{
        const struct note *x = a, *y = b;
        return x->mark.key != y->mark.key ? (x->mark.key > y->mark.key) - (x->mark.key < y->mark.key) : (x->seq > y->seq) - (x->seq < y->seq);
}

struct notes {
        struct note *items;
        size_t len, cap;
};

static void add_note(struct arena *a, struct notes *notes, uint64_t key, uint64_t value)
{
        *vec_push(a, notes) = (struct note){{key, value}, notes->len - 1};
}

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

static uint64_t *keep_unique(struct arena *keep, uint64_t *items, size_t n, size_t *ret_n)
{
        *ret_n = sort_unique(items, n);
        uint64_t *kept = arena_alloc(keep, (*ret_n + 1) * sizeof *kept);
        if (*ret_n)
                memcpy(kept, items, *ret_n * sizeof *kept);
        return kept;
}

/* Equal keys become one mark, whose value is that of all of them in their order. */
static struct mark *sort_notes(struct arena *keep, struct notes *notes, size_t *ret_n)
{
        size_t kept = 0, keys = 0;
        if (notes->len)
                qsort(notes->items, notes->len, sizeof *notes->items, by_note);
        for (size_t i = 0; i < notes->len; i++)
                keys += !i || notes->items[i].mark.key != notes->items[i - 1].mark.key;
        struct mark *marks = arena_alloc(keep, (keys + 1) * sizeof *marks);
        for (size_t i = 0; i < notes->len; i++) {
                const struct mark *m = &notes->items[i].mark;
                if (kept && marks[kept - 1].key == m->key)
                        marks[kept - 1].value = marks[kept - 1].value * 31 + m->value;
                else
                        marks[kept++] = *m;
        }
        *ret_n = kept;
        return marks;
}

/* Where a statement of the module begins: what stands in it is told relative to that, so that code above may come and go. */
static uint32_t item_start(const struct file *f, uint32_t byte)
{
        size_t low = 0, high = f->item_count;
        while (high - low > 1) {
                size_t mid = (low + high) / 2;
                *(f->nodes[f->items[mid].node].start <= byte ? &low : &high) = mid;
        }
        return high ? f->nodes[f->items[low].node].start : 0;
}

static uint64_t text_hash(const struct file *f, uint32_t start, uint32_t end)
{
        return table_hash(f->bytes + start, end - start);
}

enum { VALUE_BYTES_MAX = 400 };

/* How a name of the module is bound, but for what is noted when it is evaluated: the statement as a whole. */
static uint64_t binding_hash(const struct file *f, const struct binding *b)
{
        uint32_t base = item_start(f, b->at);
        const struct node *value = b->value == NO_NODE ? NULL : &f->nodes[b->value];
        uint64_t text = value && value->end - value->start < VALUE_BYTES_MAX ? text_hash(f, value->start, value->end) : 0;
        const char *module = b->module ? b->module : "", *symbol = b->symbol ? b->symbol : "";
        const uint64_t about[] = {b->at - base, b->kind, value ? value->start - base : 0, value ? value->kind : 0, text, b->block ? f->nodes[b->block].start - base : 0,
                                  (uint64_t)(int64_t)b->item, table_hash(module, strlen(module)), table_hash(symbol, strlen(symbol)), (uint64_t)(int64_t)b->level};
        return table_hash((const char *)about, sizeof about);
}

static void summarise_names(struct file *f, struct notes *notes)
{
        struct arena *a = f->source->scratch;
        for (size_t i = 0; i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                add_note(a, notes, name_in_file(f, b->name, strlen(b->name)), binding_hash(f, b));
        }
        for (size_t i = 0; i < f->scope->stars.len; i++)
                add_note(a, notes, name_in_file(f, "*", 1), table_hash(f->scope->stars.items[i], strlen(f->scope->stars.items[i])) + i);
}

/* The statements by their text, with their order as value; and by their place. */
static void summarise_items(struct file *f, struct summary *y)
{
        struct arena *a = f->source->scratch;
        struct notes items = {0}, places = {0};
        for (size_t i = 0; i < f->item_count; i++) {
                const struct item *x = &f->items[i];
                add_note(a, &items, x->key, (uint64_t)i << 24);
                add_note(a, &places, x->place, 0);
                for (uint32_t p = 0; p < x->part_count; p++)
                        add_note(a, &items, f->parts[x->part + p].key, (uint64_t)i << 24 | (p + 1));
        }
        y->items = sort_notes(f->source->keep, &items, &y->item_count);
        y->places = sort_notes(f->source->keep, &places, &y->place_count);
}

struct names {
        uint64_t *items;
        size_t len, cap;
};

static void summarise_bases(struct file *f, uint32_t class, uint64_t scope, struct names *names, struct notes *notes)
{
        struct arena *a = f->source->scratch;
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
                add_note(a, notes, hash, text_hash(f, f->nodes[class].start, f->nodes[bases].end) + scope);
        }
}

static void summarise_registration(struct file *f, uint32_t n, uint64_t scope, struct names *names, struct notes *notes)
{
        const char *key = registration_key(f, n);
        if (!key)
                return;
        uint64_t hash = name_hash(LOOK_CALLS, key, strlen(key));
        *vec_push(f->source->scratch, names) = hash;
        add_note(f->source->scratch, notes, hash, text_hash(f, f->nodes[n].start, f->nodes[n].end) + scope);
}

/* The functions and classes around a node, while nodes are passed in their order. */
struct around {
        struct {
                uint32_t after;
                uint64_t hash;
        } scopes[TREE_NEST_MAX + 2];
        size_t depth;
};

static uint64_t scope_around(struct around *x, const struct file *f, uint32_t n)
{
        while (x->depth && x->scopes[x->depth - 1].after <= n)
                x->depth--;
        uint64_t hash = x->depth ? x->scopes[x->depth - 1].hash : 0;
        if ((f->nodes[n].kind != PY_class_definition && f->nodes[n].kind != PY_function_definition) || x->depth == sizeof x->scopes / sizeof *x->scopes)
                return hash;
        uint32_t name = node_field(f, n, F_name);
        x->scopes[x->depth].after = f->nodes[n].after;
        x->scopes[x->depth++].hash = hash * 31 + (name == NO_NODE ? 1 : text_hash(f, f->nodes[name].start, f->nodes[name].end));
        return hash;
}

static void note_call_of(struct file *f, const char *name, size_t len, uint64_t how, struct names *names, struct notes *notes)
{
        uint64_t key = name_hash(LOOK_CALLS, name, len);
        *vec_push(f->source->scratch, names) = key;
        add_note(f->source->scratch, notes, key, how);
        add_note(f->source->scratch, notes, calls_in_file(f, name, len), how);
}

/* What index_aliases() lists: under what is imported too. */
static void summarise_aliased(struct file *f, const char *name, size_t len, uint64_t how, struct names *names, struct notes *notes)
{
        for (size_t i = 0; i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                if (is_alias(b) && !strncmp(b->name, name, len) && !b->name[len])
                        note_call_of(f, b->symbol, strlen(b->symbol), how, names, notes);
        }
}

static bool has_aliases(const struct file *f)
{
        for (size_t i = 0; i < f->scope->bindings.len; i++)
                if (is_alias(&f->scope->bindings.items[i]))
                        return true;
        return false;
}

static void summarise_calls(struct file *f, struct summary *y, struct notes *notes)
{
        struct names names = {0};
        struct around around = {.depth = 0};
        bool aliases = has_aliases(f);
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint64_t scope = scope_around(&around, f, n);
                if (f->nodes[n].kind == PY_class_definition)
                        summarise_bases(f, n, scope, &names, notes);
                if (f->nodes[n].kind == PY_class_definition || f->nodes[n].kind == PY_call)
                        summarise_registration(f, n, scope, &names, notes);
                if (f->nodes[n].kind != PY_call)
                        continue;
                uint32_t function = node_field(f, n, F_function);
                if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                        function = node_field(f, function, F_attribute);
                if (function == NO_NODE || f->nodes[function].kind != PY_identifier)
                        continue;
                const char *name = f->bytes + f->nodes[function].start;
                size_t len = f->nodes[function].end - f->nodes[function].start;
                uint64_t how = text_hash(f, f->nodes[n].start, f->nodes[function].end) + scope;
                note_call_of(f, name, len, how, &names, notes);
                if (aliases && is_call_of_name(f, n))
                        summarise_aliased(f, name, len, how, &names, notes);
        }
        y->calls = keep_unique(f->source->keep, names.items, names.len, &y->call_count);
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

void python_summary(struct file *f, bool marks, struct summary *ret)
{
        struct source *s = f->source;
        CLEANUP(str_release) struct str imports = {0};
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        ret->known = true;
        if (f->lang == LANG_PYTHON && f->scope) {
                struct notes notes = {0};
                summarise_calls(f, ret, &notes);
                if (marks) {
                        summarise_names(f, &notes);
                        ret->marks = sort_notes(s->keep, &notes, &ret->mark_count);
                        summarise_items(f, ret);
                }
                VEC(uint64_t) defs = {0};
                summarise_imports(f->scope, &imports);
                for (size_t i = 0; i < f->scopes.len; i++) {
                        const struct scope *scope = f->scopes.items[i];
                        *vec_push(s->scratch, &defs) = name_hash(LOOK_DEFINED, scope->name, strlen(scope->name));
                        summarise_imports(scope, &imports);
                }
                ret->defs = keep_unique(s->keep, defs.items, defs.len, &ret->def_count);
                char *copy = arena_alloc(s->keep, imports.len + 1);
                if (imports.len)
                        memcpy(copy, str_text(&imports), imports.len);
                ret->imports = copy;
                ret->imports_len = imports.len;
                ret->cli = imports_cli(f->scope);
        }
}
