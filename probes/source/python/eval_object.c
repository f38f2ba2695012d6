/*
 * Attributes and items: objects of our classes, modules, dictionaries.
 */
#include "probes/source/python/orm.h"
#include "probes/source/world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ── Classes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value class_attribute(struct ctx *c, struct scope *class, const char *name, bool instance, int depth);

static struct value base_attribute(struct ctx *c, struct scope *class, const char *name, bool instance, int depth)
{
        struct source *src = class->file->source;
        uint32_t bases = class_bases(class);
        if (bases == NO_NODE || depth > 8)
                return unknown("");
        EACH_CHILD(class->file, bases, b)
        {
                if (class->file->nodes[b].kind == PY_keyword_argument)
                        continue;
                struct value v = ev(c, class->parent, b);
                struct value found = unknown("");
                const char *external = value_extern(&v);
                if (v.kind == V_CLASS && v.scope != class)
                        found = class_attribute(c, v.scope, name, instance, depth + 1);
                else if (external && library_call(arena_printf(src->scratch, "%s.%s", external, name)))
                        found = (struct value){.kind = V_EXTERN, .text = arena_printf(src->scratch, "%s.%s", external, name), .number = 1, .file = class->file, .node = NO_NODE};
                if (found.kind != V_UNKNOWN)
                        return found;
        }
        return unknown("");
}

static struct value class_attribute(struct ctx *c, struct scope *class, const char *name, bool instance, int depth)
{
        for (size_t i = class->bindings.len; i-- > 0;) {
                const struct binding *b = &class->bindings.items[i];
                if (b->name != name)
                        continue;
                if (b->kind == B_DEF) {
                        depends_on_node(b->scope->file, b->scope->node);
                        struct value m = {.kind = V_FUNCTION, .scope = b->scope, .node = NO_NODE};
                        return instance && b->scope->is_property ? ev_returns(c, b->scope, NULL) : m;
                }
                if (instance && b->kind == B_ASSIGN && ev_is_settings(c, class))
                        return ev_setting(c, class, b, NULL, class);
                uint32_t inner = instance && b->kind == B_ASSIGN ? field_default(class, b->value) : b->value;
                if (inner != b->value)
                        return ev_factory(c, class, inner);
                struct value v = ev_name(c, class, name, UINT32_MAX);
                return instance && v.kind == V_CLASS && b->kind == B_ASSIGN && b->value == NO_NODE ? (struct value){.kind = V_OBJECT, .scope = v.scope, .node = NO_NODE} : v;
        }
        return base_attribute(c, class, name, instance, depth);
}

bool ev_is_super(const struct file *f, uint32_t call)
{
        uint32_t function = f->nodes[call].kind == PY_call ? node_field(f, call, F_function) : NO_NODE;
        return function != NO_NODE && f->nodes[function].kind == PY_identifier && text_is(f, function, "super");
}

struct value ev_super(struct ctx *c, struct scope *method, const char *name)
{
        struct scope *class = method;
        while (class && class->kind != SCOPE_CLASS)
                class = class->parent;
        struct value v = class ? base_attribute(c, class, name, false, 0) : unknown("super() outside of a class");
        if (v.kind == V_FUNCTION) {
                v.self = arena_new_of(class->file->source->scratch, struct value);
                *v.self = (struct value){.kind = V_OBJECT, .scope = class, .node = NO_NODE};
        }
        return v;
}

/* self.name = value, in __init__ rather than elsewhere, not None rather than None. */
static const struct attribute *pick_attribute(const struct scope *class, const char *name)
{
        const struct attribute *best = NULL;
        for (size_t i = 0; i < class->attributes.len; i++) {
                const struct attribute *a = &class->attributes.items[i];
                if (a->name != name)
                        continue;
                bool none = a->value == NO_NODE || class->file->nodes[a->value].kind == PY_none;
                if (!best || (!none && (best->value == NO_NODE || class->file->nodes[best->value].kind == PY_none)))
                        best = a;
        }
        return best;
}

static struct value object_attribute(struct ctx *c, struct value object, const char *name)
{
        struct scope *class = object.scope;
        struct source *src = class->file->source;
        struct value given;
        if (ev_given_setting(c, object, name, &given))
                return given;
        const struct attribute *a = pick_attribute(class, name);
        if (!a || a->value == NO_NODE) {
                struct value v = class_attribute(c, class, name, true, 0);
                if (v.kind == V_UNKNOWN && object.node != NO_NODE) { /* a dataclass: its keyword is the attribute */
                        uint32_t arg = call_argument(object.call_scope->file, object.node, name, -1);
                        if (arg != NO_NODE)
                                return ev(c, object.call_scope, arg);
                }
                if (v.kind == V_UNKNOWN && a && a->type != NO_NODE)
                        return ev_type(c, a->method, a->type);
                if (v.kind == V_UNKNOWN && (!v.trail || !*v.trail))
                        v.trail = arena_printf(src->scratch, "%s.%s is not assigned in the class", class->name, name);
                return v;
        }
        struct frame frame = {.function = a->method, .scope = object.call_scope, .call = object.node, .up = c->frame};
        struct ctx inner = {.python = c->python, .frame = object.node != NO_NODE && !strcmp(a->method->name, "__init__") ? &frame : c->frame, .depth = c->depth + 1};
        struct value v = ev(&inner, a->method, a->value);
        if (a->type != NO_NODE && v.kind == V_UNKNOWN)
                v = ev_type(c, a->method, a->type);
        return via(src, arena_printf(src->scratch, "self.%s", name), v);
}

/* ── Any value ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value extern_attribute(struct value object, const char *name)
{
        struct file *f = object.file;
        struct source *s = f->source;
        const char *full = arena_printf(s->scratch, "%s.%s", object.text, name);
        struct file *module = object.number ? NULL : module_seen(s, f, full, 0);
        if (module)
                return (struct value){.kind = V_MODULE, .file = module, .node = NO_NODE};
        object.text = full;
        const char *canonical = value_extern(&object);
        struct value attribute = canonical && library_has_method(name) ? orm_attribute(canonical, object.pool) : unknown("");
        return attribute.kind == V_UNKNOWN ? object : attribute;
}

static struct value path_attribute(struct source *s, struct value v, const char *name)
{
        if (!v.key || strcmp(name, "parent"))
                return v;
        const char *slash = strrchr(v.key, '/');
        v.key = slash ? arena_strndup(s->scratch, v.key, (size_t)(slash - v.key)) : "";
        return v;
}

static struct value member(struct ctx *c, struct value o, const char *name)
{
        struct source *s = c->python->source;
        struct value v;
        switch (o.kind) {
        case V_MODULE:
                v = ev_name(c, o.file->scope, name, UINT32_MAX);
                if (v.kind == V_EXTERN && v.number && str_starts(v.text, "builtins.")) {
                        struct file *sub = o.file->is_package ? module_seen(s, o.file, name, 1) : NULL;
                        return sub ? (struct value){.kind = V_MODULE, .file = sub, .node = NO_NODE}
                                   : unknown(arena_printf(s->scratch, "%s has no '%s'", o.file->path, name));
                }
                return via(s, o.file->module, v);
        case V_CLASS:
                v = class_attribute(c, o.scope, name, ev_is_settings(c, o.scope), 0);
                return orm_of_class(c, o.scope, name, v);
        case V_OBJECT:
                v = ev_implementation(c, object_attribute(c, o, name));
                if (v.kind == V_FUNCTION) {
                        v.self = arena_alloc(s->scratch, sizeof *v.self);
                        *v.self = o;
                } else if (v.kind == V_EXTERN && !v.model) {
                        v.model = o.model; /* a method that our manager inherits */
                        v.steps = o.steps;
                }
                return orm_related(o, name, orm_member(v, name));
        case V_INSTANCE:
                if (!strcmp(o.text, "pathlib.Path") && (!strcmp(name, "parent") || !strcmp(name, "parents")))
                        return path_attribute(s, o, name);
                if (!strcmp(o.text, "argparse.Namespace") && o.call_scope)
                        return ev_namespace(c, o, name);
                const char *child = library_child(o.text), *full = arena_printf(s->scratch, "%s.%s", o.text, name);
                if (child && !library_call(full))
                        return instance_of(child);
                v = (struct value){.kind = V_EXTERN, .text = full, .number = 1, .pool = o.pool, .node = NO_NODE,
                                   .file = c->python->source->files.items[0], .key = o.key, .model = o.model, .steps = o.steps};
                return orm_member(v, name);
        case V_CONFIG:
                if (o.key && !strcmp(o.key, "dynaconf") && (v = ev_dynaconf(c, o, name)).kind != V_UNKNOWN)
                        return v;
                __attribute__((fallthrough));
        case V_TEXT:
        case V_DICT:
        case V_OPEN_FILE:
                v = o;
                v.self = arena_alloc(s->scratch, sizeof *v.self);
                *v.self = o;
                v.kind = V_UNKNOWN;
                v.trail = "a method of a value";
                return v;
        default:
                return o.kind == V_UNKNOWN && o.trail && *o.trail ? o : unknown("an attribute of something unknown");
        }
}

struct value ev_attribute(struct ctx *c, struct value o, const char *name)
{
        if (o.kind == V_EXTERN)
                return extern_attribute(o, name);
        bool ambiguous = o.ambiguous;
        struct value v = member(c, o, name);
        v.ambiguous |= ambiguous;
        return v;
}

static struct value dictionary_item(struct ctx *c, struct value d, const char *key)
{
        struct file *f = d.file;
        struct source *s = f->source;
        struct value found = unknown(arena_printf(s->scratch, "no key '%s' at %s", key, place(f, f->nodes[d.node].start)));
        bool call = f->nodes[d.node].kind == PY_call; /* dict(a=1, **b) */
        uint32_t list = call ? node_field(f, d.node, F_arguments) : d.node;
        if (list == NO_NODE)
                return found;
        EACH_CHILD(f, list, n)
        {
                uint8_t kind = f->nodes[n].kind;
                if (kind == PY_dictionary_splat) {
                        struct value inner = ev(c, d.scope, node_first(f, n));
                        struct value v = ev_item(c, inner, key);
                        if (v.kind != V_UNKNOWN)
                                found = v;
                        else if (inner.kind != V_DICT && inner.kind != V_CONFIG) {
                                found = unknown(arena_printf(s->scratch, "a splat at %s cannot be followed", place(f, f->nodes[n].start)));
                                found.decider = BY_COMPUTED;
                        }
                        continue;
                }
                uint32_t k = node_field(f, n, kind == PY_keyword_argument ? F_name : F_key), value = node_field(f, n, F_value);
                if (k == NO_NODE || value == NO_NODE)
                        continue;
                struct value name = kind == PY_pair ? ev(c, d.scope, k) : unknown("");
                if (kind == PY_keyword_argument ? text_is(f, k, key) : name.kind == V_TEXT && !strcmp(name.text, key)) {
                        found = via(s, arena_printf(s->scratch, "['%s']", key), ev(c, d.scope, value));
                        if (found.decider == BY_LITERAL && d.scope->kind == SCOPE_MODULE)
                                found.decider = BY_CONSTANT;
                        found.key = found.key ? found.key : key;
                        if (found.kind == V_UNKNOWN)
                                found.decider = BY_COMPUTED; /* it is there, whatever it is */
                }
        }
        return found;
}

struct value ev_item(struct ctx *c, struct value o, const char *key)
{
        struct value v;
        if (o.kind == V_DICT)
                v = dictionary_item(c, o, key);
        else if (o.kind == V_CONFIG)
                v = ev_config_item(o, key);
        else
                return o.kind == V_UNKNOWN && o.trail && *o.trail ? o : unknown("an item of something that is no known dictionary");
        v.ambiguous |= o.ambiguous;
        return v;
}

struct value ev_index(struct ctx *c, struct value o, int i)
{
        if (o.kind != V_LIST || i < 0)
                return unknown("an item by number");
        EACH_CHILD(o.file, o.node, n)
                if (i-- == 0)
                        return ev(c, o.scope, n);
        return unknown("an item past the end");
}
