/*
 * Caches of the project's own making, recognised by shape: a decorator that keeps what the decorated function gave and looks
 * there first, and a class that keeps entries under keys. Their sizes and expiries are decided where they are used.
 */
#include "probes/source/python/caches.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { NAMES_MAX = 24 };

/* ── Does a decorator keep results? ────────────────────────────────────────────────────────────────────────────────── */

struct shape {
        struct file *f;
        uint32_t from, to;
        const char *parameters[NAMES_MAX], *results[NAMES_MAX]; /* results: names that hold what the function gave */
        int parameter_count, result_count;
};

static bool holds(const char *const *names, int n, const struct file *f, uint32_t node)
{
        for (int i = 0; i < n; i++)
                if (text_is(f, node, names[i]))
                        return true;
        return false;
}

static void remember(const char **names, int *n, struct file *f, uint32_t node)
{
        if (*n < NAMES_MAX && f->nodes[node].kind == PY_identifier && !holds(names, *n, f, node))
                names[(*n)++] = node_text(f, node);
}

static void read_parameters(struct shape *sh)
{
        for (uint32_t n = sh->from; n < sh->to; n++)
                if (sh->f->nodes[n].kind == PY_parameters)
                        EACH_CHILD(sh->f, n, p)
                        {
                                uint32_t name = sh->f->nodes[p].kind == PY_identifier ? p : node_first(sh->f, p);
                                if (name != NO_NODE)
                                        remember(sh->parameters, &sh->parameter_count, sh->f, name);
                        }
}

/* Does an expression hold a call of a parameter, of self.function, or a name that holds its result? */
static bool is_result(const struct shape *sh, uint32_t n)
{
        const struct file *f = sh->f;
        for (uint32_t i = n; i < f->nodes[n].after; i++) {
                if (f->nodes[i].kind == PY_identifier && f->nodes[f->nodes[i].parent].kind != PY_attribute && holds(sh->results, sh->result_count, f, i))
                        return true;
                uint32_t function = f->nodes[i].kind == PY_call ? node_field(f, i, F_function) : NO_NODE;
                if (function != NO_NODE && f->nodes[function].kind == PY_identifier && holds(sh->parameters, sh->parameter_count, f, function))
                        return true;
                if (function != NO_NODE && f->nodes[function].kind == PY_attribute && ANY_WORD(node_text(f, function), "self.func", "self.fn", "self.function", "self.f", "self._func", "self._fn", "self.fget"))
                        return true;
        }
        return false;
}

/* Is what is kept in `object` asked for before: object[key], object.get(key), key in object? */
static bool is_asked(const struct shape *sh, const char *object)
{
        const struct file *f = sh->f;
        for (uint32_t n = sh->from; n < sh->to; n++) {
                uint32_t o = NO_NODE;
                if (f->nodes[n].kind == PY_subscript && f->nodes[n].field != F_left) {
                        o = node_field(f, n, F_value);
                } else if (f->nodes[n].kind == PY_call) {
                        uint32_t function = node_field(f, n, F_function);
                        if (function != NO_NODE && f->nodes[function].kind == PY_attribute && str_starts(node_text(f, node_field(f, function, F_attribute)), "get"))
                                o = node_field(f, function, F_object);
                } else if (f->nodes[n].kind == PY_comparison_operator) {
                        EACH_CHILD(f, n, c)
                                o = c;
                }
                if (o != NO_NODE && text_is(f, o, object))
                        return true;
        }
        return false;
}

static bool keeps_by_item(const struct shape *sh, uint32_t assignment)
{
        const struct file *f = sh->f;
        uint32_t left = node_field(f, assignment, F_left), right = node_field(f, assignment, F_right);
        if (left == NO_NODE || right == NO_NODE || f->nodes[left].kind != PY_subscript || !is_result(sh, right))
                return false;
        uint32_t object = node_field(f, left, F_value);
        return object != NO_NODE && is_asked(sh, node_text(f, object));
}

static bool keeps_by_call(const struct shape *sh, uint32_t call)
{
        const struct file *f = sh->f;
        uint32_t function = node_field(f, call, F_function), list = node_field(f, call, F_arguments);
        if (function == NO_NODE || list == NO_NODE || f->nodes[function].kind != PY_attribute)
                return false;
        const char *method = node_text(f, node_field(f, function, F_attribute));
        if (!ANY_WORD(method, "set", "setex", "psetex", "put", "add", "store", "hset", "set_value", "set_many"))
                return false;
        return is_result(sh, list) && is_asked(sh, node_text(f, node_field(f, function, F_object)));
}

bool cache_stores_results(struct scope *fn)
{
        struct shape sh = {.f = fn->file, .from = fn->node, .to = fn->file->nodes[fn->node].after};
        read_parameters(&sh);
        bool keeps = false;
        for (uint32_t n = sh.from; n < sh.to && !keeps; n++) {
                uint8_t kind = sh.f->nodes[n].kind;
                uint32_t left = kind == PY_assignment ? node_field(sh.f, n, F_left) : NO_NODE, right = kind == PY_assignment ? node_field(sh.f, n, F_right) : NO_NODE;
                if (left != NO_NODE && right != NO_NODE && sh.f->nodes[left].kind == PY_identifier && is_result(&sh, right))
                        remember(sh.results, &sh.result_count, sh.f, left);
                keeps = (kind == PY_assignment && keeps_by_item(&sh, n)) || (kind == PY_call && keeps_by_call(&sh, n));
        }
        return keeps;
}

/* ── What a use of it decides ──────────────────────────────────────────────────────────────────────────────────────── */

static struct scope *constructor_of(struct scope *callee)
{
        if (callee->kind == SCOPE_FUNCTION)
                return callee;
        for (size_t i = 0; i < callee->bindings.len; i++)
                if (callee->bindings.items[i].kind == B_DEF && !strcmp(callee->bindings.items[i].name, "__init__"))
                        return callee->bindings.items[i].scope;
        return NULL;
}

/* Sizes and expiries among the parameters of what is called, as the call gives them; else their defaults. */
static void decide(struct cache *c, struct scope *s, uint32_t call, struct scope *callee, bool defaults)
{
        struct scope *fn = constructor_of(callee);
        struct source *src = s->file->source;
        for (size_t i = 0; fn && i < fn->bindings.len; i++) {
                const struct binding *b = &fn->bindings.items[i];
                bool size = cache_is_named(b->name, cache_size_names), ttl = cache_is_named(b->name, cache_ttl_names);
                if (b->kind != B_PARAM || !(size || ttl))
                        continue;
                int position = b->position - (fn != callee);
                bool given = call != NO_NODE && (size ? cache_size(c, s, call, b->name, position) : cache_ttl(c, s, call, b->name, position));
                if (given || !defaults || b->value == NO_NODE)
                        continue;
                struct value v = eval(fn->parent, b->value);
                if (v.kind == V_NUMBER)
                        cache_decide(c, &v, size, str_ends(b->name, "_ms") ? 0.001 : 1, arena_printf(src->scratch, "by default of %s()", callee->name));
        }
}

static bool only_invalidates(const struct file *f, uint32_t call)
{
        uint32_t list = call == NO_NODE ? NO_NODE : node_field(f, call, F_arguments);
        if (list == NO_NODE)
                return false;
        EACH_CHILD(f, list, c)
                if (f->nodes[c].kind == PY_keyword_argument && strstr(node_text(f, node_field(f, c, F_name)), "invalidat"))
                        return true;
        return false;
}

void cache_own_decorator(struct scope *fn, uint32_t decorator, uint32_t call, const struct value *what, const char *last)
{
        static const char *const others[] = {"clear", "invalidat", "no_cache", "evict", "refresh", "delete", "property", "without"};
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                if (strcasestr(last, others[i]))
                        return;
        struct scope *callee = what->scope;
        bool stores = cache_stores_results(callee), named = strcasestr(last, "cache") || strcasestr(last, "memo");
        if (!stores && !(named && call != NO_NODE))
                return;
        struct source *s = fn->file->source;
        struct cache c = {.file = fn->file, .scope = fn->parent, .max_size = -1, .ttl_s = NAN, .bounded = -1};
        decide(&c, fn->parent, call, callee, !only_invalidates(fn->file, call));
        if (!stores && !c.trail)
                return;
        const char *text = node_text(callee->file, callee->node);
        struct cache *kept = cache_add(fn->parent, decorator, strcasestr(text, "redis") ? "redis" : "memory", "project", fn->name);
        kept->context = scope_context(fn);
        kept->max_size = c.max_size;
        kept->ttl_s = c.ttl_s;
        kept->bounded = c.max_size > 0 || c.ttl_s > 0 ? 1 : c.bounded;
        kept->trail = arena_strdup(s->arena, c.trail);
        kept->template = cache_arguments(fn);
}

/* ── Classes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool has_method(const struct scope *class, const char *name)
{
        for (size_t i = 0; i < class->bindings.len; i++)
                if (class->bindings.items[i].kind == B_DEF && !strcmp(class->bindings.items[i].name, name))
                        return true;
        return false;
}

static bool is_mapping(struct scope *s, uint32_t n)
{
        if (n == NO_NODE)
                return false;
        const char *text = node_text(s->file, n);
        return !strcmp(text, "{}") || !strcmp(text, "dict()") || str_ends(text, "OrderedDict()");
}

static const struct attribute *attribute_named(const struct scope *class, const char *const *names)
{
        for (size_t i = 0; i < class->attributes.len; i++)
                if (cache_is_named(class->attributes.items[i].name, names))
                        return &class->attributes.items[i];
        return NULL;
}

static bool names_a_cache(const char *name)
{
        return strcasestr(name, "cache") || strcasestr(name, "lru") || strcasestr(name, "memory");
}

bool cache_class_is_one(const struct scope *class)
{
        bool gets = has_method(class, "get") || has_method(class, "__getitem__") || has_method(class, "__missing__");
        bool sets = has_method(class, "set") || has_method(class, "put") || has_method(class, "__setitem__") || has_method(class, "add") || has_method(class, "wrap");
        return names_a_cache(class->name) && sets && (gets || has_method(class, "wrap"));
}

/* A class with get and set over a mapping of its own; entries are taken out again or they are not. */
void cache_own_class(struct scope *class)
{
        const struct attribute *mapping = NULL;
        for (size_t i = 0; i < class->attributes.len && !mapping; i++)
                if (is_mapping(class, class->attributes.items[i].value))
                        mapping = &class->attributes.items[i];
        if (!mapping || !cache_class_is_one(class))
                return;
        struct cache *c = cache_add(class->parent, class->node, "memory", "project", class->name);
        const char *text = node_text(class->file, class->node);
        c->bounded = strstr(text, "popitem") || strstr(text, ".pop(") || strstr(text, "del self.");
        const struct attribute *size = attribute_named(class, cache_size_names), *ttl = attribute_named(class, cache_ttl_names);
        struct value v;
        if (size && (v = eval(size->method, size->value)).kind == V_NUMBER)
                c->max_size = (int64_t)v.number; /* the default of its parameter, which callers may change */
        if (ttl && (v = eval(ttl->method, ttl->value)).kind == V_NUMBER)
                c->ttl_s = v.number;
}

static void from_call(struct call_site *call)
{
        struct source *s = call->file->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct value v = eval(call->scope, node_field(call->file, call->node, F_function));
        if (v.kind != V_CLASS || !cache_class_is_one(v.scope))
                return;
        struct cache c = {.file = call->file, .scope = call->scope, .max_size = -1, .ttl_s = NAN, .bounded = -1};
        decide(&c, call->scope, call->node, v.scope, false);
        if (!c.trail)
                return;
        struct cache *kept = cache_add(call->scope, call->node, "memory", "project", cache_target(call->scope, call->node));
        kept->max_size = c.max_size;
        kept->ttl_s = c.ttl_s;
        kept->bounded = 1;
        kept->trail = c.trail;
}

/* Where objects of such a class are made, with the bounds that they are given. */
void cache_own_calls(struct file *f)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
                if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                        function = node_field(f, function, F_attribute);
                if (function == NO_NODE || f->nodes[function].kind != PY_identifier || !names_a_cache(node_text(f, function)))
                        continue;
                EACH_CALL_IN(f, node_text(f, function), call)
                        if (call->node == n)
                                from_call(call);
        }
}
