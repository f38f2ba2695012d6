/*
 * Caches: cachetools, functools, decorators of the project's own, classes that keep entries in an ordered dictionary,
 * dictionaries named cache, and Redis keys that are set.
 */
#include "probes/source/python/python.h"

#include <math.h>
#include <string.h>

static struct cache *add(struct scope *s, uint32_t n, const char *tier, const char *library, const char *name)
{
        struct source *src = s->file->source;
        struct cache *c = vec_push(src->arena, &src->python->caches);
        const char *inside = s->qualname ? arena_printf(src->scratch, "%s.%s", s->qualname, name) : name;
        *c = (struct cache){.name = arena_printf(src->arena, "%s:%s", s->file->module, inside), .tier = tier, .library = library, .file = s->file, .scope = s,
                            .start = s->file->nodes[n].start, .end = s->file->nodes[n].end, .max_size = -1, .ttl_s = NAN, .bounded = -1};
        return c;
}

static void set_number(struct cache *c, struct value v, bool size)
{
        if (v.kind != V_NUMBER || v.ambiguous)
                return;
        if (size)
                c->max_size = (int64_t)v.number;
        else
                c->ttl_s = v.number;
        c->trail = c->trail ? arena_printf(c->file->source->arena, "%s; %s %s", c->trail, size ? "size" : "ttl", v.trail)
                            : arena_printf(c->file->source->arena, "%s %s", size ? "size" : "ttl", v.trail);
}

static const char *target_name(struct scope *s, uint32_t call)
{
        struct file *f = s->file;
        for (uint32_t n = f->nodes[call].parent; n; n = f->nodes[n].parent) {
                if (f->nodes[n].kind == PY_assignment)
                        return node_text(f, node_field(f, n, F_left));
                if (f->nodes[n].kind == PY_decorated_definition) {
                        uint32_t d = node_field(f, n, F_definition);
                        return d == NO_NODE ? "cache" : node_text(f, node_field(f, d, F_name));
                }
                if (f->nodes[n].kind == PY_block)
                        break;
        }
        return "cache";
}

static void from_cachetools(struct file *f)
{
        struct source *s = f->source;
        static const char *const classes[] = {"TTLCache", "LRUCache", "LFUCache", "FIFOCache", "RRCache", "TLRUCache"};
        for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
                EACH_CALL_IN(f, classes[i], call) {
                        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                        struct value v = eval(call->scope, node_field(call->file, call->node, F_function));
                        const char *name = value_extern(&v);
                        if (!name || !str_starts(name, "cachetools."))
                                continue;
                        struct cache *c = add(call->scope, call->node, "memory", "cachetools", target_name(call->scope, call->node));
                        c->bounded = 1;
                        set_number(c, eval_keyword(call->scope, call->node, "maxsize", 0), true);
                        if (!strcmp(classes[i], "TTLCache"))
                                set_number(c, eval_keyword(call->scope, call->node, "ttl", 1), false);
                }
}

/* @lru_cache, @cache(maxsize=1024), @redis_cache(...): a decorator whose function's name speaks of a cache. */
static void from_decorator(struct scope *fn, uint32_t decorator)
{
        struct file *f = fn->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t what = node_first(f, decorator), call = NO_NODE;
        if (what == NO_NODE)
                return;
        if (f->nodes[what].kind == PY_call) {
                call = what;
                what = node_field(f, what, F_function);
        }
        const char *text = node_text(f, what), *dot = strrchr(text, '.'), *last = dot ? dot + 1 : text;
        if (!strstr(last, "cache") || !strcmp(last, "cached_property") || strstr(last, "clear") || strstr(last, "invalidate") || strstr(last, "no_cache"))
                return;
        struct value v = eval(fn->parent, what);
        const char *name = value_extern(&v);
        bool functools = name && str_starts(name, "functools.");
        if (!functools && v.kind != V_FUNCTION && v.kind != V_CLASS && !(name && !str_starts(name, "builtins.")))
                return;
        struct cache *c = add(fn->parent, decorator, strstr(text, "redis") ? "redis" : "memory",
                              functools ? "functools" : name ? arena_strndup(f->source->arena, name, strcspn(name, ".")) : "project", fn->name);
        if (functools) {
                c->bounded = !strcmp(name, "functools.lru_cache");
                c->max_size = c->bounded ? 128 : -1;
        }
        if (call == NO_NODE)
                return;
        struct value size = eval_keyword(fn->parent, call, "maxsize", functools ? 0 : -1);
        if (functools && size.kind == V_NONE && size.decider != BY_DEFAULT) {
                c->bounded = 0;
                c->max_size = -1;
        }
        set_number(c, size, true);
        static const char *const ttls[] = {"ttl", "expire", "expiration", "timeout", "ex"};
        for (size_t i = 0; i < sizeof ttls / sizeof *ttls; i++)
                set_number(c, eval_keyword(fn->parent, call, ttls[i], -1), false);
}

static void from_decorators(struct file *f)
{
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *fn = f->scopes.items[i];
                if (fn->kind != SCOPE_FUNCTION || fn->decorators == NO_NODE)
                        continue;
                EACH_CHILD(fn->file, fn->decorators, d)
                        if (fn->file->nodes[d].kind == PY_decorator)
                                from_decorator(fn, d);
        }
}

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

static const struct attribute *attribute_named(const struct scope *class, const char *const *names, size_t n)
{
        for (size_t i = 0; i < class->attributes.len; i++)
                for (size_t k = 0; k < n; k++)
                        if (!strcmp(class->attributes.items[i].name, names[k]))
                                return &class->attributes.items[i];
        return NULL;
}

/* A class with get and set over a mapping of its own; entries are taken out again or they are not. */
static void from_class(struct scope *class)
{
        static const char *const sizes[] = {"size", "maxsize", "max_size", "capacity", "limit"}, *const ttls[] = {"ttl", "expire", "expires", "timeout"};
        const struct attribute *mapping = NULL;
        for (size_t i = 0; i < class->attributes.len && !mapping; i++)
                if (is_mapping(class, class->attributes.items[i].value))
                        mapping = &class->attributes.items[i];
        bool caches = strcasestr(class->name, "cache") || strcasestr(class->name, "memory");
        if (!mapping || !caches || !has_method(class, "get") || !(has_method(class, "set") || has_method(class, "put")))
                return;
        struct cache *c = add(class->parent, class->node, "memory", "project", class->name);
        const char *text = node_text(class->file, class->node);
        c->bounded = strstr(text, "popitem") || strstr(text, ".pop(") || strstr(text, "del self.");
        const struct attribute *size = attribute_named(class, sizes, sizeof sizes / sizeof *sizes), *ttl = attribute_named(class, ttls, sizeof ttls / sizeof *ttls);
        struct value v;
        if (size && (v = eval(size->method, size->value)).kind == V_NUMBER) {
                v.ambiguous = false; /* the default of its parameter, which callers may change: the trail says so */
                set_number(c, v, true);
        }
        if (ttl && (v = eval(ttl->method, ttl->value)).kind == V_NUMBER) {
                v.ambiguous = false;
                set_number(c, v, false);
        }
}

/* _cache = {} in a module, or self.cache = {} : nothing bounds it unless something is taken out. */
static void from_dictionary(struct scope *s, const char *name, uint32_t value, struct scope *outer)
{
        struct file *f = s->file;
        if (!strcasestr(name, "cache") || !is_mapping(s, value))
                return;
        struct cache *c = add(outer, value, "memory", "dict", name);
        bool popped = false;
        static const char *const removers[] = {"pop", "popitem", "clear"};
        for (size_t i = 0; i < 3; i++)
                for (struct call_site *call = calls_in(f, removers[i]); call && call->file == f && !popped; call = call->next)
                        popped = strstr(node_text(f, node_field(f, call->node, F_function)), name);
        const char *del = arena_printf(f->source->scratch, "del %s", name), *del_self = arena_printf(f->source->scratch, "del self.%s", name);
        c->bounded = popped || memmem(f->bytes, f->len, del, strlen(del)) || memmem(f->bytes, f->len, del_self, strlen(del_self));
}

static void from_dictionaries(struct scope *s)
{
        if (s->kind == SCOPE_FUNCTION)
                return;
        for (size_t i = 0; i < s->bindings.len; i++)
                if (s->bindings.items[i].kind == B_ASSIGN)
                        from_dictionary(s, s->bindings.items[i].name, s->bindings.items[i].value, s);
        for (size_t i = 0; i < s->attributes.len; i++)
                from_dictionary(s, s->attributes.items[i].name, s->attributes.items[i].value, s);
}

static const char *template_of(struct source *s, const struct value *v)
{
        if (v->kind != V_TEXT)
                return NULL;
        CLEANUP(str_release) struct str out = {0};
        for (const char *p = v->text; *p; p++)
                str_add(&out, *p == HOLE || *p == HOLE_PROGRAM ? "{}" : (char[]){*p, 0});
        return arena_strdup(s->arena, str_text(&out));
}

static void from_redis(struct source *s)
{
        for (size_t i = 0; i < s->python->sites.len; i++) {
                const struct site *x = &s->python->sites.items[i];
                if (strcmp(x->kind, "call") || strcmp(x->what, "redis_set") || !x->note)
                        continue;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                struct cache *c = add(x->scope, x->node, "redis", "redis", "set");
                c->bounded = !strcmp(x->note, "expires");
                uint32_t key = call_argument(x->file, x->node, "name", 0);
                struct value v = key == NO_NODE ? value_unknown(s, "") : eval(x->scope, key);
                c->template = template_of(s, &v);
                struct value ttl = eval_keyword(x->scope, x->node, "ex", 2);
                set_number(c, ttl, false);
        }
}

void caches_find(struct file *f)
{
        from_cachetools(f);
        from_decorators(f);
        for (size_t i = 0; i < f->scopes.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                if (f->scopes.items[i]->kind == SCOPE_CLASS)
                        from_class(f->scopes.items[i]);
                from_dictionaries(f->scopes.items[i]);
        }
        from_dictionaries(f->scope);
        from_redis(f->source);
}
