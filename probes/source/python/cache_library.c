/*
 * Caches that libraries make, by constructor or decorator: one row each, with the names of the arguments that bound it.
 */
#include "probes/source/python/caches.h"

#include <math.h>
#include <string.h>

static const struct made {
        const char *name;             /* canonical; of a decorator its last word may be another name of the same */
        const char *size;
        int size_at;
        const char *ttl;
        int ttl_at;
        const char *tier;
        double size_otherwise;        /* 0: unknown, -1: without bound */
} constructors[] = {
        {"cachetools.TTLCache", "maxsize", 0, "ttl", 1, "memory", 0},
        {"cachetools.LRUCache", "maxsize", 0, NULL, -1, "memory", 0},
        {"cachetools.LFUCache", "maxsize", 0, NULL, -1, "memory", 0},
        {"cachetools.FIFOCache", "maxsize", 0, NULL, -1, "memory", 0},
        {"cachetools.RRCache", "maxsize", 0, NULL, -1, "memory", 0},
        {"cachetools.TLRUCache", "maxsize", 0, "ttu", 1, "memory", 0},
        {"aiocache.Cache", NULL, -1, "ttl", -1, "memory", -1},
        {"aiocache.SimpleMemoryCache", NULL, -1, "ttl", -1, "memory", -1},
        {"aiocache.RedisCache", NULL, -1, "ttl", -1, "redis", -1},
        {"lru.LRU", "size", 0, NULL, -1, "memory", 0},
        {"pylru.lrucache", "size", 0, NULL, -1, "memory", 0},
        {"expiringdict.ExpiringDict", "max_len", 0, "max_age_seconds", 1, "memory", 0},
        {"cacheout.Cache", "maxsize", 0, "ttl", 1, "memory", 256},
        {"cacheout.LRUCache", "maxsize", 0, "ttl", 1, "memory", 256},
        {"diskcache.Cache", "size_limit", -1, NULL, -1, "disk", 0},
        {"dogpile.cache.make_region", NULL, -1, "expiration_time", -1, "memory", 0},
}, decorators[] = {
        {"functools.lru_cache", "maxsize", 0, NULL, -1, "memory", 128},
        {"functools.cache", NULL, -1, NULL, -1, "memory", -1},
        {"async_lru.alru_cache", "maxsize", -1, "ttl", -1, "memory", 128},
        {"methodtools.lru_cache", "maxsize", 0, NULL, -1, "memory", 128},
        {"cachetools.func.ttl_cache", "maxsize", 0, "ttl", 1, "memory", 128},
        {"cachetools.ttl_cache", "maxsize", 0, "ttl", 1, "memory", 128},
        {"cachetools.lru_cache", "maxsize", 0, NULL, -1, "memory", 128},
        {"cachetools.lfu_cache", "maxsize", 0, NULL, -1, "memory", 128},
        {"aiocache.cached", NULL, -1, "ttl", 0, "memory", -1},
        {"aiocache.cached_stampede", NULL, -1, "ttl", -1, "memory", -1},
        {"aiocache.multi_cached", NULL, -1, "ttl", -1, "memory", -1},
        {"aiocache.decorators.cached", NULL, -1, "ttl", 0, "memory", -1},
        {"fastapi_cache.decorator.cache", NULL, -1, "expire", 0, "redis", 0},
        {"django.views.decorators.cache.cache_page", NULL, -1, "timeout", 0, "memory", 0},
        {"flask_caching.Cache.cached", NULL, -1, "timeout", 0, "memory", 0},
        {"flask_caching.Cache.memoize", NULL, -1, "timeout", 0, "memory", 0},
        {"cashews.cache", NULL, -1, "ttl", 0, "memory", 0},
        {"cashews.cache.early", NULL, -1, "ttl", 0, "memory", 0},
        {"cashews.cache.hit", NULL, -1, "ttl", 0, "memory", 0},
        {"streamlit.cache_data", "max_entries", -1, "ttl", -1, "memory", -1},
        {"streamlit.cache_resource", "max_entries", -1, "ttl", -1, "memory", -1},
        {"dogpile.cache.make_region.cache_on_arguments", NULL, -1, "expiration_time", 1, "memory", 0},
};

static const struct made *find(const struct made *rows, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(rows[i].name, name))
                        return &rows[i];
        return NULL;
}
#define FIND(rows, name) find((rows), sizeof(rows) / sizeof *(rows), (name))

static void decide(struct cache *c, const struct made *row, struct scope *s, uint32_t call)
{
        bool sized = call != NO_NODE && row->size && cache_size(c, s, call, row->size, row->size_at);
        if (call != NO_NODE && row->ttl)
                cache_ttl(c, s, call, row->ttl, row->ttl_at);
        if (!sized && row->size_otherwise > 0) {
                c->max_size = (int64_t)row->size_otherwise;
                c->bounded = 1;
                c->trail = c->trail ? c->trail : arena_printf(s->file->source->arena, "size %lld by default of %s", (long long)c->max_size, c->library);
        } else if (!sized && row->size_otherwise < 0) {
                c->bounded = 0;
        } else if (sized && c->max_size > 0) {
                c->bounded = 1;
        }
}

bool cache_library_decorator(struct scope *fn, uint32_t decorator, uint32_t call, const struct value *what)
{
        const char *name = value_extern(what);
        const struct made *row = name ? FIND(decorators, name) : NULL;
        if (!row)
                return false;
        struct source *s = fn->file->source;
        struct cache *c = cache_add(fn->parent, decorator, row->tier, arena_strndup(s->arena, name, strcspn(name, ".")), fn->name);
        c->context = scope_context(fn);
        decide(c, row, fn->parent, call);
        c->template = cache_arguments(fn);
        if (!strcmp(c->template, "()")) { /* one value, however large the cache may grow */
                c->bounded = 1;
                c->max_size = 1;
                c->trail = isnan(c->ttl_s) || !c->trail ? "no arguments: one entry" : c->trail;
        }
        return true;
}

void cache_library_calls(struct file *f)
{
        struct source *s = f->source;
        for (size_t i = 0; i < sizeof constructors / sizeof *constructors; i++)
                EACH_CALL_IN(f, strrchr(constructors[i].name, '.') + 1, call) {
                        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                        struct value v = eval(call->scope, node_field(call->file, call->node, F_function));
                        const char *name = value_extern(&v);
                        if (!name || strcmp(name, constructors[i].name))
                                continue;
                        const char *library = arena_strndup(s->arena, name, strcspn(name, "."));
                        struct cache *c = cache_add(call->scope, call->node, constructors[i].tier, library, cache_target(call->scope, call->node));
                        if (!strcmp(library, "cachetools"))
                                c->bounded = 1;
                        decide(c, &constructors[i], call->scope, call->node);
                }
}

/* ── Django and Flask ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* A constant is a mark (seen, locked, warned), not an answer that is kept. */
bool cache_keeps_answer(const struct file *f, uint32_t call)
{
        uint32_t value = call_argument(f, call, "value", 1);
        uint8_t kind = value == NO_NODE ? PY_other : f->nodes[value].kind;
        return kind != PY_string && kind != PY_integer && kind != PY_true && kind != PY_false && kind != PY_float;
}

static void from_set(struct call_site *call)
{
        static const struct made stores[] = {
                {"django.core.cache.cache.set", NULL, -1, "timeout", 2, "the configured store", 0},
                {"django.core.cache.cache.get_or_set", NULL, -1, "timeout", 2, "the configured store", 0},
                {"flask_caching.Cache.set", NULL, -1, "timeout", 2, "the configured store", 0},
                {"aiocache.Cache.set", NULL, -1, "ttl", 2, "the configured store", 0},
        };
        struct source *s = call->file->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct value v = eval(call->scope, node_field(call->file, call->node, F_function));
        const struct made *row = v.kind == V_EXTERN && v.text ? FIND(stores, v.text) : NULL;
        if (!row || !cache_keeps_answer(call->file, call->node) || call_argument(call->file, call->node, row->ttl, row->ttl_at) == NO_NODE)
                return;
        struct cache *c = cache_add(call->scope, call->node, row->tier, arena_strndup(s->arena, row->name, strcspn(row->name, ".")), "set");
        cache_ttl(c, call->scope, call->node, row->ttl, row->ttl_at);
}

void cache_sets(struct file *f)
{
        EACH_CALL_IN(f, "set", call)
                from_set(call);
        EACH_CALL_IN(f, "get_or_set", call)
                from_set(call);
}

static void from_backend(struct scope *s, uint32_t pair)
{
        struct file *f = s->file;
        struct source *src = f->source;
        struct value name = eval(s, node_field(f, pair, F_key)), options = eval(s, node_field(f, pair, F_value));
        if (name.kind != V_TEXT || options.kind != V_DICT)
                return;
        struct value backend = eval_item(options, "BACKEND"), ttl = eval_item(options, "TIMEOUT"), inner = eval_item(options, "OPTIONS");
        struct value size = inner.kind == V_DICT ? eval_item(inner, "MAX_ENTRIES") : value_unknown(src, "");
        const char *class = backend.kind == V_TEXT ? backend.text : "";
        if (strstr(class, "Dummy"))
                return;
        const char *tier = strcasestr(class, "redis") ? "redis" : strcasestr(class, "locmem") ? "memory" : strcasestr(class, "memcache") ? "memcached" : "the configured store";
        struct cache *c = cache_add(s, pair, tier, "django", arena_printf(src->arena, "CACHES.%s", name.text));
        if (ttl.kind == V_NUMBER || ttl.kind == V_NONE)
                cache_decide(c, &ttl, false, 1, ttl.trail ? ttl.trail : "TIMEOUT");
        else
                cache_decide(c, &(struct value){.kind = V_NUMBER, .number = 300}, false, 1, "300 by default of Django");
        if (size.kind == V_NUMBER)
                cache_decide(c, &size, true, 1, size.trail ? size.trail : "MAX_ENTRIES");
}

/* CACHES of a Django settings module */
void cache_settings(struct file *f)
{
        for (size_t i = 0; i < f->scope->bindings.len; i++) {
                const struct binding *b = &f->scope->bindings.items[i];
                if (b->kind != B_ASSIGN || b->value == NO_NODE || strcmp(b->name, "CACHES") || f->nodes[b->value].kind != PY_dictionary)
                        continue;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                EACH_CHILD(f, b->value, pair)
                        if (f->nodes[pair].kind == PY_pair)
                                from_backend(f->scope, pair);
        }
}
