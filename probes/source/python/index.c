/*
 * One pass over the flat tree of a file: scopes, what each name is bound to, attributes of self, returns, and all calls by the
 * last name of what they call. No expression is looked into here.
 */
#include "probes/source/python/index.h"
#include "probes/source/world.h"

#include <stdlib.h>
#include <string.h>

const char *intern(struct source *s, const char *text, size_t len)
{
        return table_key(&s->python->names, text, len);
}

static const char *intern_node(const struct file *f, uint32_t n)
{
        return intern(f->source, f->bytes + f->nodes[n].start, f->nodes[n].end - f->nodes[n].start);
}

static void index_node(struct scope *s, uint32_t n, uint32_t block);
static void index_bases(struct scope *class, uint32_t bases);
static void index_registration(struct scope *s, uint32_t n);

static void index_children(struct scope *s, uint32_t n, uint32_t block)
{
        EACH_CHILD(s->file, n, c)
                index_node(s, c, block);
}

static struct binding *bind(struct scope *s, const char *name, enum binding_kind kind, uint32_t at, uint32_t value, uint32_t block)
{
        struct binding *b = vec_push(s->file->source->scratch, &s->bindings);
        *b = (struct binding){.name = name, .kind = kind, .at = at, .value = value, .type = NO_NODE, .block = block, .item = -1};
        return b;
}

static struct scope *new_scope(struct scope *parent, enum scope_kind kind, uint32_t node, const char *name)
{
        struct file *f = parent->file;
        struct source *src = f->source;
        struct scope *s = arena_new_of(src->arena, struct scope);
        *s = (struct scope){.kind = kind, .file = f, .parent = parent, .node = node, .name = name, .decorators = NO_NODE};
        s->body = node_field(f, node, F_body);
        s->qualname = parent->qualname ? arena_printf(src->arena, "%s.%s", parent->qualname, name) : name;
        s->is_async = f->nodes[node].flags & NODE_ASYNC;
        *vec_push(src->scratch, &f->scopes) = s;
        return s;
}

/* ── Targets of assignments ────────────────────────────────────────────────────────────────────────────────────────── */

static struct scope *class_of_method(const struct scope *s)
{
        while (s && s->kind == SCOPE_FUNCTION && !(s->parent && s->parent->kind == SCOPE_CLASS))
                s = s->parent;
        return s && s->kind == SCOPE_FUNCTION ? s->parent : NULL;
}

static bool is_self(const struct scope *s, uint32_t n)
{
        while (s && s->kind == SCOPE_FUNCTION && !(s->parent && s->parent->kind == SCOPE_CLASS))
                s = s->parent;
        return s && s->kind == SCOPE_FUNCTION && s->file->nodes[n].kind == PY_identifier && s->bindings.len && s->bindings.items[0].kind == B_PARAM &&
               intern_node(s->file, n) == s->bindings.items[0].name;
}

static bool is_declared_global(const struct scope *s, const char *name)
{
        for (size_t i = 0; i < s->bindings.len; i++)
                if (s->bindings.items[i].name == name && s->bindings.items[i].kind == B_OTHER && s->bindings.items[i].item == -2)
                        return true;
        return false;
}

static void bind_target(struct scope *s, uint32_t target, enum binding_kind kind, uint32_t value, uint32_t type, uint32_t block, int item)
{
        struct file *f = s->file;
        const struct node *t = &f->nodes[target];
        if (t->kind == PY_identifier) {
                const char *name = intern_node(f, target);
                bool global = s->kind == SCOPE_FUNCTION && is_declared_global(s, name);
                struct binding *b = bind(global ? f->scope : s, name, kind, t->start, value, block);
                b->type = type;
                b->item = item;
                b->scope = global ? s : NULL;
        } else if (t->kind == PY_attribute && kind == B_ASSIGN && item < 0) {
                uint32_t object = node_field(f, target, F_object), attr = node_field(f, target, F_attribute);
                struct scope *class = class_of_method(s);
                if (class && object != NO_NODE && attr != NO_NODE && is_self(s, object))
                        *vec_push(f->source->scratch, &class->attributes) =
                                (struct attribute){.name = intern_node(f, attr), .at = t->start, .value = value, .type = type, .method = s};
        } else if (t->kind == PY_pattern_list || t->kind == PY_tuple_pattern || t->kind == PY_tuple) {
                int i = 0;
                EACH_CHILD(f, target, c)
                        bind_target(s, c, kind, value, NO_NODE, block, i < INT16_MAX ? i++ : i);
        } else if (t->kind == PY_as_pattern_target || t->kind == PY_parenthesized_expression) {
                uint32_t inner = node_first(f, target);
                if (inner != NO_NODE)
                        bind_target(s, inner, kind, value, type, block, item);
                else if (t->kind == PY_as_pattern_target)
                        bind(s, intern_node(f, target), kind, t->start, value, block);
        }
}

static void index_assignment(struct scope *s, uint32_t n, uint32_t block)
{
        struct file *f = s->file;
        uint32_t left = node_field(f, n, F_left), value = node_field(f, n, F_right), type = node_field(f, n, F_type);
        if (value != NO_NODE) {
                index_node(s, value, block);
                while (value != NO_NODE && f->nodes[value].kind == PY_assignment) /* a = b = value */
                        value = node_field(f, value, F_right);
        }
        if (left != NO_NODE) {
                index_node(s, left, block);
                bind_target(s, left, B_ASSIGN, value, type, block, -1);
        }
}

/* ── Imports ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void import_one(struct scope *s, uint32_t n, const char *from, int level, uint32_t block)
{
        struct file *f = s->file;
        uint32_t name = n, alias = NO_NODE;
        if (f->nodes[n].kind == PY_aliased_import) {
                name = node_field(f, n, F_name);
                alias = node_field(f, n, F_alias);
        }
        if (name == NO_NODE)
                return;
        const char *text = intern_node(f, name);
        size_t first_len = strcspn(text, ".");
        bool dotted = text[first_len] != '\0';
        struct source *src = f->source;
        if (from) {
                struct binding *b = bind(s, alias == NO_NODE ? text : intern_node(f, alias), B_FROM, f->nodes[n].start, NO_NODE, block);
                b->module = from;
                b->symbol = text;
                b->level = level;
        } else if (alias != NO_NODE) {
                bind(s, intern_node(f, alias), B_IMPORT, f->nodes[n].start, NO_NODE, block)->module = text;
        } else { /* `import a.b` binds a */
                const char *first = dotted ? intern(src, text, first_len) : text;
                bind(s, first, B_IMPORT, f->nodes[n].start, NO_NODE, block)->module = first;
                if (dotted)
                        bind(s, intern(src, "", 0), B_IMPORT, f->nodes[n].start, NO_NODE, block)->module = text;
        }
}

static const char *dotted(struct arena *a, const char *module, int level)
{
        char *out = arena_alloc(a, strlen(module) + (size_t)level + 1);
        memset(out, '.', (size_t)level);
        return strcpy(out + level, module) - level;
}

static void index_import_from(struct scope *s, uint32_t n, uint32_t block)
{
        struct file *f = s->file;
        uint32_t module = node_field(f, n, F_module_name);
        const char *from = "";
        int level = 0;
        if (module == NO_NODE)
                return;
        if (f->nodes[module].kind == PY_relative_import) {
                EACH_CHILD(f, module, c)
                {
                        if (f->nodes[c].kind == PY_import_prefix)
                                for (uint32_t i = f->nodes[c].start; i < f->nodes[c].end; i++)
                                        level += f->bytes[i] == '.';
                        else if (f->nodes[c].kind == PY_dotted_name)
                                from = intern_node(f, c);
                }
        } else {
                from = intern_node(f, module);
        }
        EACH_CHILD(f, n, c)
        {
                if (f->nodes[c].field == F_name)
                        import_one(s, c, from, level, block);
                else if (f->nodes[c].kind == PY_wildcard_import)
                        *vec_push(f->source->scratch, &s->stars) = dotted(f->source->arena, from, level);
        }
}

/* ── Definitions ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void bind_parameter(struct scope *s, uint32_t n, int position)
{
        struct file *f = s->file;
        uint32_t name = n, type = node_field(f, n, F_type), value = node_field(f, n, F_value);
        if (f->nodes[n].kind != PY_identifier) {
                name = node_field(f, n, F_name);
                if (name == NO_NODE)
                        name = node_first(f, n);
        }
        if (name == NO_NODE || f->nodes[name].kind != PY_identifier)
                return;
        struct binding *b = bind(s, intern_node(f, name), B_PARAM, f->nodes[name].start, value, s->node);
        b->type = type;
        b->position = position;
}

static void read_decorators(struct scope *s, uint32_t decorated)
{
        struct file *f = s->file;
        s->decorators = decorated;
        EACH_CHILD(f, decorated, c)
        {
                if (f->nodes[c].kind != PY_decorator)
                        continue;
                uint32_t what = node_first(f, c);
                if (what == NO_NODE)
                        continue;
                const char *text = node_text(f, what);
                s->is_property |= !strcmp(text, "property") || str_ends(text, "cached_property");
                s->is_static |= !strcmp(text, "staticmethod");
                s->is_class_method |= !strcmp(text, "classmethod");
        }
}

static void index_definition(struct scope *outer, uint32_t n, uint32_t block, uint32_t decorated)
{
        struct file *f = outer->file;
        uint32_t name = node_field(f, n, F_name);
        if (name == NO_NODE)
                return;
        bool class = f->nodes[n].kind == PY_class_definition;
        struct scope *s = new_scope(outer, class ? SCOPE_CLASS : SCOPE_FUNCTION, n, intern_node(f, name));
        if (decorated != NO_NODE)
                read_decorators(s, decorated);
        bind(outer, s->name, class ? B_CLASS : B_DEF, f->nodes[n].start, n, block)->scope = s;
        uint32_t parameters = node_field(f, n, F_parameters), bases = node_field(f, n, F_superclasses);
        int position = 0;
        if (parameters != NO_NODE)
                EACH_CHILD(f, parameters, c)
                {
                        bind_parameter(s, c, position++);
                        uint32_t value = node_field(f, c, F_value);
                        if (value != NO_NODE)
                                index_node(outer, value, block);
                }
        if (bases != NO_NODE) {
                index_children(outer, bases, block);
                index_bases(s, bases);
        }
        if (class)
                index_registration(s, n);
        if (s->body != NO_NODE)
                index_children(s, s->body, s->body);
}

static void list_call_site(struct scope *s, uint32_t n, const char *name, size_t len)
{
        struct source *src = s->file->source;
        struct call_site *c = arena_new_of(src->arena, struct call_site);
        *c = (struct call_site){.file = s->file, .scope = s, .node = n};
        calls_list(src, name, len, c);
}

static void index_registration(struct scope *s, uint32_t n)
{
        const char *key = registration_key(s->file, n);
        if (key)
                list_call_site(s, n, key, strlen(key));
}

static void index_bases(struct scope *class, uint32_t bases)
{
        struct file *f = class->file;
        struct source *src = f->source;
        EACH_CHILD(f, bases, b)
        {
                uint32_t name = base_name(f, b);
                if (name == NO_NODE)
                        continue;
                const char *key = base_key(src->scratch, f, name);
                list_call_site(class, class->node, key, strlen(key));
        }
}

static void index_call(struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        uint32_t function = node_field(f, n, F_function);
        if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                function = node_field(f, function, F_attribute);
        if (function == NO_NODE || f->nodes[function].kind != PY_identifier)
                return;
        list_call_site(s, n, f->bytes + f->nodes[function].start, f->nodes[function].end - f->nodes[function].start);
        index_registration(s, n);
}

static void index_return(struct scope *s, uint32_t n)
{
        while (s && s->kind != SCOPE_FUNCTION)
                s = s->parent;
        if (!s)
                return;
        uint32_t value = node_first(s->file, n);
        s->is_generator |= s->file->nodes[n].kind == PY_yield;
        if (value != NO_NODE)
                *vec_push(s->file->source->scratch, &s->returns) = value;
}

static void index_with_item(struct scope *s, uint32_t n, uint32_t block)
{
        struct file *f = s->file;
        uint32_t value = node_field(f, n, F_value);
        if (value == NO_NODE || f->nodes[value].kind != PY_as_pattern)
                return;
        uint32_t manager = node_first(f, value), target = node_field(f, value, F_alias);
        if (manager != NO_NODE && target != NO_NODE)
                bind_target(s, target, B_WITH, manager, NO_NODE, block, -1);
}

static void index_globals(struct scope *s, uint32_t n, uint32_t block)
{
        EACH_CHILD(s->file, n, c)
                bind(s, intern_node(s->file, c), B_OTHER, s->file->nodes[c].start, NO_NODE, block)->item = -2;
}

static void index_node(struct scope *s, uint32_t n, uint32_t block)
{
        struct file *f = s->file;
        uint32_t left, right;
        switch (f->nodes[n].kind) {
        case PY_function_definition:
        case PY_class_definition:
                index_definition(s, n, block, NO_NODE);
                return;
        case PY_decorated_definition:
                EACH_CHILD(f, n, c)
                {
                        if (f->nodes[c].kind == PY_decorator)
                                index_children(s, c, block);
                        else
                                index_definition(s, c, block, n);
                }
                return;
        case PY_import_statement:
                EACH_CHILD(f, n, c)
                        import_one(s, c, NULL, 0, block);
                return;
        case PY_import_from_statement:
                index_import_from(s, n, block);
                return;
        case PY_assignment:
                index_assignment(s, n, block);
                return;
        case PY_augmented_assignment:
                if ((left = node_field(f, n, F_left)) != NO_NODE)
                        bind_target(s, left, B_OTHER, NO_NODE, NO_NODE, block, -1);
                break;
        case PY_named_expression:
                left = node_field(f, n, F_name);
                right = node_field(f, n, F_value);
                if (left != NO_NODE && right != NO_NODE)
                        bind_target(s, left, B_ASSIGN, right, NO_NODE, block, -1);
                break;
        case PY_for_statement:
        case PY_for_in_clause:
                left = node_field(f, n, F_left);
                if (left != NO_NODE)
                        bind_target(s, left, B_FOR, node_field(f, n, F_right), NO_NODE, block, -1);
                break;
        case PY_with_item:
                index_with_item(s, n, block);
                break;
        case PY_global_statement:
                index_globals(s, n, block);
                return;
        case PY_call:
                index_call(s, n);
                break;
        case PY_return_statement:
        case PY_yield:
                index_return(s, n);
                break;
        case PY_block:
                if (f->nodes[f->nodes[n].parent].kind != PY_with_statement)
                        block = n;
                break;
        default:
                break;
        }
        index_children(s, n, block);
}

void python_open(struct python *p, struct source *s)
{
        *p = (struct python){.source = s, .names.arena = s->keep, .calls.arena = s->keep, .modules.arena = s->keep, .sought.arena = s->keep};
}

/* What was found in one file, and all that evaluation remembers: each file is looked at afresh, so that nothing depends on others before it. */
void python_forget(struct python *p)
{
        p->epoch++;
        p->pool_calls = (struct table){.arena = p->source->arena};
        p->caches.len = p->caches.cap = p->sites.len = p->sites.cap = p->statements.len = p->statements.cap = 0;
}

struct scope *scope_memo(struct scope *s)
{
        unsigned now = s->file->source->python->epoch;
        depends_on_node(s->file, s->node);
        if (s->epoch != now) {
                s->epoch = now;
                s->effects = s->effects_state = 0;
                s->context = s->blocks = NULL;
                s->acquired = NULL;
                s->acquires_unless = NULL;
                s->acquires_always = false;
                s->model_state = s->entry_known = false;
                s->model = NULL;
        }
        return s;
}

/* Lists grow in the scratch arena; what stays has no room to grow, for there are many and most are short. */
#define KEEP(a, v)                                                                                                     \
        do {                                                                                                           \
                (v)->items = arena_grow((a), (v)->items, (v)->len * sizeof *(v)->items, (v)->len * sizeof *(v)->items); \
                (v)->cap = (v)->len;                                                                                   \
        } while (0)

static void keep_lists(struct arena *a, struct scope *s)
{
        KEEP(a, &s->bindings);
        KEEP(a, &s->attributes);
        KEEP(a, &s->stars);
        KEEP(a, &s->returns);
}

/* from app.db import make_engine as make; make(url): a call of make_engine too. */
static void index_aliases(struct file *f)
{
        for (size_t i = 0; i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                if (!is_alias(b))
                        continue;
                for (const struct call_site *c = calls_listed(f, b->name); c; c = c->next)
                        if (is_call_of_name(f, c->node) && text_is(f, node_field(f, c->node, F_function), b->name))
                                list_call_site(c->scope, c->node, b->symbol, strlen(b->symbol));
        }
}

void python_index(struct file *f)
{
        struct source *src = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(src->scratch);
        f->scope = arena_new_of(src->arena, struct scope);
        *f->scope = (struct scope){.kind = SCOPE_MODULE, .file = f, .node = 0, .body = 0, .name = "", .decorators = NO_NODE};
        if (f->node_count)
                index_children(f->scope, 0, 0);
        if (f->node_count)
                items_list(f);
        index_aliases(f);
        keep_lists(src->arena, f->scope);
        KEEP(src->arena, &f->scopes);
        for (size_t i = 0; i < f->scopes.len; i++)
                keep_lists(src->arena, f->scopes.items[i]);
}
