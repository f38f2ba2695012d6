/*
 * Caches: cachetools, functools, decorators of the project's own, classes that keep entries in an ordered dictionary,
 * dictionaries named cache, and Redis keys that are set.
 */
#include "probes/source/python/caches.h"

#include <math.h>
#include <string.h>

const char *const cache_size_names[] = {"maxsize", "max_size", "size", "capacity", "max_entries", "max_len", "maxlen", "max_items", "limit", "cache_size", NULL};
const char *const cache_ttl_names[] = {"ttl", "expire", "expires", "expiration", "expiry", "timeout", "ex", "seconds", "max_age", "ttl_seconds", "expire_time", "expiration_time",
                                       "cache_ttl", "cache_time", "lifetime", "expiry_ms", "timeout_ms", "ttl_ms", "expire_in", "default_ttl", "ttl_s", NULL};

bool cache_is_named(const char *name, const char *const *names)
{
        while (*name == '_')
                name++;
        for (; *names; names++)
                if (!strcmp(name, *names))
                        return true;
        return false;
}

bool cache_word(const char *word, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(word, words[i]))
                        return true;
        return false;
}

struct cache *cache_add(struct scope *s, uint32_t n, const char *tier, const char *library, const char *name)
{
        struct source *src = s->file->source;
        struct cache *c = vec_push(src->arena, &src->python->caches);
        const char *inside = s->qualname ? arena_printf(src->scratch, "%s.%s", s->qualname, name) : name;
        *c = (struct cache){.name = arena_printf(src->arena, "%s:%s", s->file->module, inside), .tier = tier, .library = library, .file = s->file, .scope = s,
                            .start = s->file->nodes[n].start, .end = s->file->nodes[n].end, .max_size = -1, .ttl_s = NAN, .bounded = -1, .context = scope_context(s)};
        return c;
}

void cache_decide(struct cache *c, const struct value *v, bool size, double scale, const char *where)
{
        struct arena *a = c->file->source->arena;
        if (v->kind == V_NUMBER && size)
                c->max_size = (int64_t)v->number;
        else if (v->kind == V_NUMBER)
                c->ttl_s = v->number * scale;
        c->trail = arena_printf(a, "%s%s%s %s", c->trail ? c->trail : "", c->trail ? "; " : "", size ? "size" : "ttl", where);
}

/* timedelta(minutes=5), which is no number for the evaluation. */
static bool duration(struct scope *s, uint32_t arg, double *ret_s)
{
        static const struct {
                const char *name;
                double s;
        } parts[] = {{"days", 86400}, {"seconds", 1}, {"hours", 3600}, {"minutes", 60}, {"weeks", 7 * 86400}, {"milliseconds", 0.001}};
        struct file *f = s->file;
        uint32_t function = f->nodes[arg].kind == PY_call ? node_field(f, arg, F_function) : NO_NODE;
        if (function == NO_NODE || !str_ends(node_text(f, function), "timedelta"))
                return false;
        *ret_s = 0;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                struct value v = eval_keyword(s, arg, parts[i].name, i < 2 ? (int)i : -1);
                if (v.kind == V_NUMBER)
                        *ret_s += v.number * parts[i].s;
                else if (v.kind != V_NONE)
                        return false;
        }
        return true;
}

/* Is it decided here, or is a parameter handed on? */
static bool is_handed_on(const struct scope *s, uint32_t arg)
{
        for (const struct scope *o = s; o; o = o->parent)
                for (size_t i = 0; i < o->bindings.len; i++)
                        if (o->bindings.items[i].kind == B_PARAM && text_is(s->file, arg, o->bindings.items[i].name))
                                return true;
        return false;
}

static bool decide_by(struct cache *c, struct scope *s, uint32_t call, const char *keyword, int position, bool size)
{
        struct file *f = s->file;
        struct value v = eval_keyword(s, call, keyword, position);
        uint32_t arg = call_argument(f, call, keyword, position);
        if (v.kind == V_NONE && v.decider == BY_DEFAULT)
                return false;
        if (arg != NO_NODE && is_handed_on(s, arg))
                return true;
        double seconds;
        if (arg != NO_NODE && !size && duration(s, arg, &seconds))
                v = (struct value){.kind = V_NUMBER, .number = seconds, .trail = "timedelta"};
        if (v.kind == V_NONE) {
                c->bounded = size ? 0 : c->bounded;
                return true;
        }
        if (v.ambiguous)
                v.kind = V_UNKNOWN;
        const char *text = arg == NO_NODE ? keyword : file_snippet(f->source->scratch, f, f->nodes[arg].start, f->nodes[arg].end, 60);
        cache_decide(c, &v, size, str_ends(keyword, "_ms") ? 0.001 : 1, v.kind == V_NUMBER && v.trail ? v.trail : text);
        return true;
}

bool cache_size(struct cache *c, struct scope *s, uint32_t call, const char *keyword, int position)
{
        return decide_by(c, s, call, keyword, position, true);
}

bool cache_ttl(struct cache *c, struct scope *s, uint32_t call, const char *keyword, int position)
{
        return decide_by(c, s, call, keyword, position, false);
}

const char *cache_target(struct scope *s, uint32_t call)
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

const char *cache_arguments(struct scope *fn)
{
        CLEANUP(str_release) struct str out = {0};
        bool method = fn->parent && fn->parent->kind == SCOPE_CLASS && !fn->is_static;
        for (size_t i = 0; i < fn->bindings.len; i++) {
                const struct binding *b = &fn->bindings.items[i];
                if (b->kind == B_PARAM && !(method && b->position == 0))
                        str_printf(&out, "%s%s", out.len ? ", " : "", b->name);
        }
        return arena_printf(fn->file->source->arena, "(%s)", out.len ? str_text(&out) : "");
}

static void from_decorator(struct scope *fn, uint32_t decorator)
{
        struct file *f = fn->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t what = node_first(f, decorator), call = NO_NODE;
        if (what != NO_NODE && f->nodes[what].kind == PY_call) {
                call = what;
                what = node_field(f, what, F_function);
        }
        if (what == NO_NODE)
                return;
        const char *text = node_text(f, what), *dot = strrchr(text, '.'), *last = dot ? dot + 1 : text;
        struct value v = eval(fn->parent, what);
        if (cache_library_decorator(fn, decorator, call, &v))
                return;
        if (v.kind == V_FUNCTION || v.kind == V_CLASS)
                cache_own_decorator(fn, decorator, call, &v, last);
}

static void from_decorators(struct scope *fn)
{
        if (fn->kind != SCOPE_FUNCTION || fn->decorators == NO_NODE)
                return;
        EACH_CHILD(fn->file, fn->decorators, d)
                if (fn->file->nodes[d].kind == PY_decorator)
                        from_decorator(fn, d);
}

static bool is_mapping(struct scope *s, uint32_t n)
{
        if (n == NO_NODE)
                return false;
        const char *text = node_text(s->file, n);
        return !strcmp(text, "{}") || !strcmp(text, "dict()") || str_ends(text, "OrderedDict()");
}

/* ── Dictionaries ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct scope *function_at(struct file *f, uint32_t n)
{
        uint32_t definition = enclosing(f, n, PY_function_definition);
        for (size_t i = 0; definition != NO_NODE && i < f->scopes.len; i++)
                if (f->scopes.items[i]->node == definition)
                        return f->scopes.items[i];
        return NULL;
}

/* A key that comes from whoever calls: a parameter, or an attribute of one; no class, of which there are only so many. */
static bool is_open_key(const struct scope *fn, uint32_t key)
{
        const struct file *f = fn->file;
        for (uint32_t n = key; n < f->nodes[key].after; n++)
                for (size_t i = 0; i < fn->bindings.len && f->nodes[n].kind == PY_identifier; i++) {
                        const struct binding *b = &fn->bindings.items[i];
                        if (b->kind == B_PARAM && text_is(f, n, b->name) && strcmp(b->name, "self") && strcmp(b->name, "cls") && !strstr(b->name, "class") && !strstr(b->name, "type") &&
                            !(b->type != NO_NODE && strcasestr(node_text(f, b->type), "type")))
                                return true;
                }
        return false;
}

/* As many as there are people, messages or addresses: the rest (encodings, patterns, tags) come to an end by themselves. */
static bool has_no_end(const struct scope *fn, uint32_t key)
{
        static const char *const words[] = {"_id", "user", "chat", "guild", "member", "channel", "message", "account", "email", "phone", "token", "url", "session", "player", "query", "uuid", "address"};
        const char *text = node_text(fn->file, key);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (strcasestr(text, words[i]))
                        return true;
        return fn->is_async || !strcmp(text, "id");
}

/* Where an entry is stored under a key from outside, after the dictionary was asked for it. NO_NODE: nowhere. */
static uint32_t stored_at(struct file *f, const char *name, struct scope **ret_fn)
{
        for (uint32_t n = 0; n < f->node_count; n++) {
                if (f->nodes[n].kind != PY_subscript || f->nodes[n].field != F_left || f->nodes[f->nodes[n].parent].kind != PY_assignment)
                        continue;
                uint32_t object = node_field(f, n, F_value), key = node_field(f, n, F_subscript);
                if (object == NO_NODE || key == NO_NODE || !text_is(f, object, name))
                        continue;
                struct scope *fn = function_at(f, n);
                if (fn && is_open_key(fn, key) && has_no_end(fn, key)) {
                        *ret_fn = fn;
                        return key;
                }
        }
        return NO_NODE;
}

/* Something takes entries out again, makes the dictionary anew, or looks at how many there are. */
static bool is_emptied(struct file *f, const char *name)
{
        struct arena *a = f->source->scratch;
        static const char *const removers[] = {"pop", "popitem", "clear"};
        for (size_t i = 0; i < 3; i++)
                EACH_CALL_IN(f, removers[i], call)
                        if (strstr(node_text(f, node_field(f, call->node, F_function)), name))
                                return true;
        const char *const texts[] = {arena_printf(a, "del %s", name), arena_printf(a, "len(%s)", name)};
        for (size_t i = 0; i < 2; i++)
                if (memmem(f->bytes, f->len, texts[i], strlen(texts[i])))
                        return true;
        int made = 0;
        for (uint32_t n = 0; n < f->node_count; n++)
                if (f->nodes[n].kind == PY_assignment && node_field(f, n, F_left) != NO_NODE && text_is(f, node_field(f, n, F_left), name))
                        made += node_field(f, n, F_right) != NO_NODE;
        return made > 1;
}

/* An object of which a process has one: what it keeps stays. */
static bool is_lasting(const struct scope *class)
{
        uint32_t bases = class->kind == SCOPE_CLASS ? node_field(class->file, class->node, F_superclasses) : NO_NODE;
        const char *text = bases == NO_NODE ? "" : node_text(class->file, bases);
        return strstr(text, "Cog") || strstr(text, "Middleware");
}

/* _cache = {} in a module, or self.cache = {} : nothing bounds it unless something is taken out. */
static void from_dictionary(struct scope *s, const char *name, uint32_t value, struct scope *outer, bool of_self)
{
        struct file *f = s->file;
        if (!(strcasestr(name, "cache") || strcasestr(name, "memo")) || !is_mapping(s, value))
                return;
        struct cache *c = cache_add(outer, value, "memory", "dict", name);
        const char *full = of_self ? arena_printf(f->source->scratch, "self.%s", name) : name;
        struct scope *fn;
        c->bounded = is_emptied(f, full);
        uint32_t key = c->bounded || (of_self && !is_lasting(s)) ? NO_NODE : stored_at(f, full, &fn);
        if (key == NO_NODE)
                return;
        c->template = arena_strdup(f->source->arena, node_text(f, key));
        c->context = scope_context(fn);
}

static void from_dictionaries(struct scope *s)
{
        if (s->kind == SCOPE_FUNCTION)
                return;
        for (size_t i = 0; i < s->bindings.len; i++)
                if (s->bindings.items[i].kind == B_ASSIGN)
                        from_dictionary(s, s->bindings.items[i].name, s->bindings.items[i].value, s, false);
        for (size_t i = 0; i < s->attributes.len; i++)
                from_dictionary(s, s->attributes.items[i].name, s->attributes.items[i].value, s, true);
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

/* Position of the expiry among the arguments; -2: the call stores nothing under a key of its own. */
static int expiry_position(const struct site *x)
{
        const char *method = x->callee ? strrchr(x->callee, '.') : NULL;
        if (strcmp(x->kind, "call") || !method)
                return -2;
        if (!strcmp(x->what, "redis_set") && x->note)
                return 2;
        return !strcmp(x->what, "redis_write") && (!strcmp(method, ".setex") || !strcmp(method, ".psetex")) ? 1 : -2;
}

static void from_redis(struct source *s)
{
        for (size_t i = 0; i < s->python->sites.len; i++) {
                const struct site *x = &s->python->sites.items[i];
                int position = expiry_position(x);
                if (position < 0)
                        continue;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                struct cache *c = cache_add(x->scope, x->node, "redis", "redis", "set");
                uint32_t key = call_argument(x->file, x->node, "name", 0);
                struct value v = key == NO_NODE ? value_unknown(s, "") : eval(x->scope, key);
                c->bounded = position == 1 || !strcmp(x->note, "expires");
                c->template = template_of(s, &v);
                c->context = x->context;
                static const char *const keywords[] = {"ex", "time", "expire", "px", "ttl"};
                bool given = false;
                bool answer = position == 1 || cache_keeps_answer(x->file, x->node);
                uint32_t third = position == 1 ? call_argument(x->file, x->node, "value", 2) : NO_NODE;
                answer &= third == NO_NODE || (x->file->nodes[third].kind != PY_string && x->file->nodes[third].kind != PY_integer);
                for (size_t k = 0; k < sizeof keywords / sizeof *keywords && !given && answer; k++)
                        given = cache_ttl(c, x->scope, x->node, keywords[k], k ? -1 : position);
        }
}

void caches_find(struct file *f)
{
        cache_library_calls(f);
        cache_own_calls(f);
        cache_sets(f);
        cache_settings(f);
        for (size_t i = 0; i < f->scopes.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                struct scope *scope = f->scopes.items[i];
                from_decorators(scope);
                if (scope->kind == SCOPE_CLASS)
                        cache_own_class(scope);
                from_dictionaries(scope);
        }
        from_dictionaries(f->scope);
        from_redis(f->source);
}
