/*
 * What one call does, and what a function does to whoever calls it: through at most three calls, found once for each function.
 */
#include "probes/source/python/orm.h"
#include "probes/source/python/redis.h"
#include "probes/source/world.h"

#include <string.h>

enum { EFFECTS_DEPTH_MAX = 3 };

static const struct {
        const char *what;
        int effect;
} effects[] = {
        {"execute", EF_DB}, {"executemany", EF_DB}, {"commit", EF_COMMIT | EF_DB}, {"acquire", EF_ACQUIRE}, {"connect", EF_DB}, {"sleep", EF_SLEEP},
        {"http", EF_HTTP}, {"notify", EF_NOTIFY}, {"future", EF_FUTURE}, {"redis_get", EF_REDIS | EF_REDIS_GET}, {"redis_set", EF_REDIS}, {"redis_write", EF_REDIS},
        {"redis_multi", EF_REDIS}, {"redis_command", EF_REDIS}, {"redis_delete", EF_REDIS}, {"redis_exec", EF_REDIS}, {"open", 0}, {"subprocess", 0}, {"file", 0}, {"cpu", 0},
};

int effect_of(const char *what, bool blocking)
{
        bool file = what && (!strcmp(what, "open") || !strcmp(what, "file"));
        for (size_t i = 0; what && i < sizeof effects / sizeof *effects; i++)
                if (!strcmp(what, effects[i].what))
                        return effects[i].effect | (!blocking ? 0 : file ? EF_FILE : EF_BLOCKING);
        return 0;
}

static struct call_class of_library(const struct file *f, uint32_t call, struct value *v, struct call_class c)
{
        struct source *s = f->source;
        const char *name = v->kind == V_INSTANCE ? arena_printf(s->scratch, "%s.()", v->text) : value_extern(v);
        const struct library_call *lib = name ? library_call(name) : NULL;
        if (!name)
                return c;
        c.callee = name;
        if (!lib)
                return c;
        const char *command = lib->what && !strcmp(lib->what, "redis_command") ? redis_named(f, call, name) : NULL;
        if (command) {
                c.callee = command;
                lib = library_call(command);
        }
        c.what = lib->what;
        c.blocking = lib->blocking;
        c.pool = v->pool;
        if (v->number || v->kind == V_INSTANCE) {
                const char *dot = strrchr(name, '.');
                c.receiver_type = arena_strndup(s->scratch, name, (size_t)(dot - name));
        }
        return c;
}

/* An async function that is called and not awaited only makes a coroutine; gather(*(f(x) for x in xs)) does await. */
static bool only_makes_coroutine(const struct file *f, uint32_t call, const struct scope *callee)
{
        if (!callee->is_async || callee->is_generator || f->nodes[f->nodes[call].parent].kind == PY_await)
                return false;
        for (uint32_t n = enclosing(f, call, PY_call); n != NO_NODE; n = enclosing(f, n, PY_call)) {
                uint32_t function = node_field(f, n, F_function);
                if (function != NO_NODE && (str_ends(node_text(f, function), "gather") || str_ends(node_text(f, function), "wait_for")))
                        return false;
        }
        return true;
}

static bool is_decorated(const struct scope *fn, const char *word)
{
        if (fn->decorators == NO_NODE)
                return false;
        EACH_CHILD(fn->file, fn->decorators, d)
                if (fn->file->nodes[d].kind == PY_decorator && strstr(node_text(fn->file, d), word))
                        return true;
        return false;
}

static bool is_cached(const struct scope *fn)
{
        return is_decorated(fn, "cache");
}

/* Not a query for each call. */
static bool asks_cache_first(const struct scope *fn, int e)
{
        return is_cached(fn) || ((e & EF_DB) && (e & EF_REDIS_GET));
}

/* Its decorator hands it to a thread, or its body runs only as it is iterated. */
static bool runs_elsewhere(const struct scope *fn)
{
        static const char *const words[] = {"thread", "executor", "sync_to_async", "run_sync", "asyncify", "make_async", "background", "task", "actor", "job"};
        if (fn->decorators == NO_NODE)
                return fn->is_generator;
        EACH_CHILD(fn->file, fn->decorators, d)
                for (size_t i = 0; fn->file->nodes[d].kind == PY_decorator && i < sizeof words / sizeof *words; i++)
                        if (strstr(node_text(fn->file, d), words[i]))
                                return true;
        return false;
}

/* A helper that reads a few bytes is no matter; one that walks folders, packs, or turns a whole file into objects is. */
static bool is_heavy(const struct scope *fn)
{
        static const char *const words[] = {"json.", "yaml.", "pickle.", "csv.", "load(", "dump(", "readlines", "writelines", "toml"};
        const char *open = fn->blocks ? strrchr(fn->blocks, '.') : NULL;
        if (!open || (strcmp(open, ".open") && !strstr(open, "_text") && !strstr(open, "_bytes")))
                return true;
        const struct node *n = &fn->file->nodes[fn->node];
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (memmem(fn->file->bytes + n->start, n->end - n->start, words[i], strlen(words[i])))
                        return true;
        return false;
}

/* conn=None: it takes a connection of its own only from callers that bring none. */
static bool brings_connection(const struct file *f, uint32_t call, const struct scope *fn)
{
        const struct binding *b = fn->acquires_always ? NULL : fn->acquires_unless;
        bool method = fn->parent && fn->parent->kind == SCOPE_CLASS && !fn->is_static;
        uint32_t arg = b ? call_argument(f, call, b->name, b->position - method) : NO_NODE;
        return arg != NO_NODE && f->nodes[arg].kind != PY_none;
}

static struct call_class of_ours(struct scope *caller, uint32_t call, const struct value *callee, struct call_class c, int depth)
{
        struct file *f = caller->file;
        struct source *s = f->source;
        struct scope *fn = callee->scope, *self = callee->self ? callee->self->scope : NULL;
        static const struct {
                int effect;
                const char *what;
        } order[] = {{EF_DB, "execute"}, {EF_HTTP, "http"}, {EF_SLEEP, "sleep"}, {EF_NOTIFY, "notify"}, {EF_FUTURE, "future"}, {EF_REDIS, "redis_get"}, {EF_ACQUIRE, "acquire"}};
        int e = function_effects(fn, depth) | effects_of_object(fn, self, depth);
        if (e & EF_CALLS_PARAM)
                e |= effects_of_arguments(caller, call, depth + 1);
        if ((e & EF_LAZY) && !passes_loaded_row(caller, call))
                e |= EF_DB;
        if ((e & EF_FILE) && !is_heavy(fn))
                e &= ~EF_FILE;
        c.function = fn;
        c.callee = arena_printf(s->scratch, "%s.%s", fn->file->module, fn->qualname);
        c.pool = brings_connection(f, call, fn) ? NULL : fn->acquired;
        if (asks_cache_first(fn, e) || (!(e & EF_DB) && (e & EF_CACHED))) {
                c.what = "cached";
                c.note = arena_printf(s->scratch, "through %s", fn->qualname);
                return c;
        }
        if ((e & EF_DB) && (e & (EF_HTTP | EF_SLEEP | EF_NOTIFY | EF_OUTSIDE))) /* the network is what it waits for */
                e &= ~EF_DB;
        for (size_t i = 0; i < sizeof order / sizeof *order && !c.what; i++)
                if (e & order[i].effect)
                        c.what = order[i].what;
        c.blocking = (e & (EF_BLOCKING | EF_FILE | EF_FILE_NEAR)) && !fn->is_async && !runs_elsewhere(fn);
        if (!c.what && c.blocking)
                c.what = "blocking";
        if (!c.what && (e & EF_OUTSIDE))
                c.what = "outside";
        if (c.what && !strcmp(c.what, "redis_get") && redis_is_thin(fn))
                c.what = "redis_helper";
        if (c.what)
                c.note = arena_printf(s->scratch, c.blocking && fn->blocks ? "through %s: %s" : "through %s", fn->qualname, fn->blocks);
        return c;
}

/* An object that waits while it is made; what else its constructor does is its own matter. */
static struct call_class of_constructor(struct source *s, struct scope *class, struct call_class c)
{
        for (size_t i = 0; i < class->bindings.len; i++) {
                struct binding *b = &class->bindings.items[i];
                if (b->kind != B_DEF || strcmp(b->name, "__init__") || !(function_effects(b->scope, 0) & EF_BLOCKING))
                        continue;
                c.function = b->scope;
                c.callee = arena_printf(s->scratch, "%s.%s", class->file->module, class->qualname);
                c.note = arena_printf(s->scratch, "through %s: %s", b->scope->qualname, b->scope->blocks ? b->scope->blocks : "?");
                c.what = "blocking";
                c.blocking = true;
        }
        return c;
}

struct call_class classify(struct scope *s, uint32_t call, bool follow)
{
        struct file *f = s->file;
        struct source *src = f->source;
        struct call_class c = {0};
        uint32_t function = node_field(f, call, F_function), name = function, object = NO_NODE;
        if (function == NO_NODE)
                return c;
        if (f->nodes[function].kind == PY_attribute) {
                name = node_field(f, function, F_attribute);
                object = node_field(f, function, F_object);
        }
        if (name == NO_NODE || f->nodes[name].kind != PY_identifier)
                return c;
        const char *last = intern(src, f->bytes + f->nodes[name].start, f->nodes[name].end - f->nodes[name].start);
        bool known = library_has_method(last) || library_sole_receiver(last, "?"), ours = follow && strcmp(last, "__init__") && is_defined(src, last, strlen(last));
        bool called = follow && !ours && object != NO_NODE && f->nodes[f->nodes[call].parent].kind == PY_await && text_is(f, object, "self") && is_defined(src, "__call__", 8);
        if (!known && !ours && !called && f->nodes[f->nodes[call].parent].kind != PY_with_item && f->nodes[f->nodes[call].parent].kind != PY_as_pattern)
                return c;
        c.receiver = object == NO_NODE ? NULL : file_snippet(src->scratch, f, f->nodes[object].start, f->nodes[object].end, 80);
        struct value v = eval(s, function);
        c = of_library(f, call, &v, c);
        if (c.what || (c.callee && library_call(c.callee)))
                return c;
        if (v.kind == V_FUNCTION && v.self && orm_has_loader(v.self->steps)) /* its relationships are there */
                return c;
        if (v.kind == V_OBJECT && called) /* an object that is called: self.use_case(actor) */
                v = eval_attribute(v, intern(src, "__call__", 8));
        if (v.kind == V_FUNCTION && follow && !only_makes_coroutine(f, call, v.scope))
                return of_ours(s, call, &v, c, 0);
        if (v.kind == V_CLASS && follow)
                return of_constructor(src, v.scope, c);
        const char *guess = c.receiver && v.kind == V_UNKNOWN ? library_sole_receiver(last, c.receiver) : NULL;
        if (!guess && c.receiver && c.callee && v.kind == V_EXTERN) { /* telegram.Bot.send_message, request.app.state.redis.get */
                guess = library_sole_receiver(last, c.receiver);
                bool redis = guess && !strcmp(guess, "any.Redis") && strchr(c.callee, '.') != strrchr(c.callee, '.');
                guess = redis || (guess && !strcmp(guess, "any.Messenger")) ? guess : NULL;
        }
        if (!guess)
                return c;
        c.receiver_type = guess;
        c.callee = last;
        c.note = "by name";
        if (!strcmp(guess, "any.Redis"))
                return redis_guessed(f, call, c);
        c.what = !strcmp(guess, "any.Messenger") ? "notify" : !strcmp(last, "commit") ? "commit" : !strcmp(last, "executemany") ? "executemany" : "execute";
        return c;
}

static const struct binding *parameter(const struct scope *fn, uint32_t n)
{
        for (size_t i = 0; i < fn->bindings.len; i++)
                if (fn->bindings.items[i].kind == B_PARAM && text_is(fn->file, n, fn->bindings.items[i].name))
                        return &fn->bindings.items[i];
        return NULL;
}

/* The parameter whose absence leads to where a call stands: `if conn is None:`, `if not conn:`. */
static const struct binding *missing_parameter(const struct scope *fn, uint32_t call)
{
        struct file *f = fn->file;
        for (uint32_t n = call; n > fn->body; n = f->nodes[n].parent) {
                uint32_t statement = f->nodes[n].parent, condition = f->nodes[statement].kind == PY_if_statement ? node_field(f, statement, F_condition) : NO_NODE;
                if (condition == NO_NODE || f->nodes[n].field != F_consequence)
                        continue;
                const char *text = node_text(f, condition);
                bool absent = str_ends(text, " is None") || str_starts(text, "not ");
                uint32_t name = absent ? node_first(f, condition) : NO_NODE;
                const struct binding *b = name != NO_NODE && f->nodes[name].kind == PY_identifier ? parameter(fn, name) : NULL;
                if (b && b->value != NO_NODE && f->nodes[b->value].kind == PY_none)
                        return b;
        }
        return NULL;
}

static void note_acquired(struct scope *fn, uint32_t call, struct pool *pool)
{
        const struct binding *unless = missing_parameter(fn, call);
        if (!fn->acquired)
                fn->acquired = pool;
        if (unless)
                fn->acquires_unless = unless;
        else
                fn->acquires_always = true;
}

static int effects_of_call(struct scope *fn, uint32_t call, int depth)
{
        struct file *f = fn->file;
        uint32_t function = node_field(f, call, F_function);
        if (function == NO_NODE)
                return 0;
        if ((f->nodes[function].kind == PY_identifier && parameter(fn, function)) || hands_on_callable(fn, call))
                return EF_CALLS_PARAM;
        struct call_class c = classify(fn, call, false);
        if (c.what) {
                bool takes = !strcmp(c.what, "acquire") || !strcmp(c.what, "session") || (!strcmp(c.what, "execute") && c.receiver_type && str_ends(c.receiver_type, ".Pool"));
                if (takes)
                        note_acquired(fn, call, c.pool);
                if (c.blocking && c.callee && !fn->blocks)
                        fn->blocks = intern(f->source, c.callee, strlen(c.callee));
                return effect_of(c.what, c.blocking);
        }
        if ((c.callee || f->nodes[f->nodes[call].parent].kind == PY_await || is_of_api(f, function)) && waits_outside(fn, call))
                return EF_OUTSIDE;
        uint32_t name = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_attribute) : function;
        if (depth >= EFFECTS_DEPTH_MAX || name == NO_NODE || text_is(f, name, "__init__") || !is_defined(f->source, f->bytes + f->nodes[name].start, f->nodes[name].end - f->nodes[name].start))
                return 0;
        struct value v = eval(fn, function);
        if (v.kind != V_FUNCTION || v.scope == fn || only_makes_coroutine(f, call, v.scope))
                return 0;
        if (is_decorated(v.scope, "lru_cache")) /* once, and then it is there: says nothing of what else its caller does */
                return 0;
        int e = function_effects(v.scope, depth + 1) | effects_of_object(v.scope, v.self ? v.self->scope : NULL, depth + 1), file = e & EF_FILE;
        if (file && !is_heavy(v.scope))
                file = 0;
        e &= ~(EF_FILE | EF_FILE_NEAR);
        if (v.scope->is_async || runs_elsewhere(v.scope))
                e &= ~EF_BLOCKING; /* told of there */
        else if (file)
                e |= EF_FILE_NEAR;
        if ((e & (EF_BLOCKING | EF_FILE_NEAR)) && !fn->blocks)
                fn->blocks = v.scope->blocks;
        if (asks_cache_first(v.scope, e))
                e = (e & ~(EF_DB | EF_REDIS_GET)) | EF_CACHED;
        if (v.scope->acquired && !brings_connection(f, call, v.scope))
                note_acquired(fn, call, v.scope->acquired);
        if (e & EF_CALLS_PARAM) {
                e |= effects_of_arguments(fn, call, depth + 1);
                if (!fn->acquired)
                        fn->acquired = pool_of_arguments(fn, call);
        }
        return e & ~EF_CALLS_PARAM;
}

/* What callers must ask for: `if with_details:` over a parameter whose default is None or False. */
static bool is_optional(const struct scope *fn, uint32_t block)
{
        struct file *f = fn->file;
        uint32_t statement = f->nodes[block].parent, condition = f->nodes[statement].kind == PY_if_statement ? node_field(f, statement, F_condition) : NO_NODE;
        if (f->nodes[block].field != F_consequence || condition == NO_NODE)
                return false;
        uint32_t name = condition;
        if (f->nodes[condition].kind == PY_comparison_operator && str_ends(node_text(f, condition), " is not None"))
                name = node_first(f, condition);
        const struct binding *b = name != NO_NODE && f->nodes[name].kind == PY_identifier ? parameter(fn, name) : NULL;
        return b && b->value != NO_NODE && (f->nodes[b->value].kind == PY_none || f->nodes[b->value].kind == PY_false);
}

/* A query that is iterated, awaited or counted. */
static int effects_of_lazy(struct scope *fn, uint32_t n)
{
        struct file *f = fn->file;
        uint8_t kind = f->nodes[n].kind;
        uint32_t used = kind == PY_await ? node_first(f, n) : kind == PY_call ? orm_consumed_argument(f, n) : node_field(f, n, F_right);
        struct call_class c;
        if (used == NO_NODE || !orm_sends(fn, used, kind == PY_await || (f->nodes[n].flags & NODE_ASYNC), &c))
                return 0;
        struct value v = eval(fn, used);
        return (v.kind == V_INSTANCE && orm_is_related(v.steps) ? EF_LAZY : EF_DB) | (c.blocking ? EF_BLOCKING : 0);
}

int function_effects(struct scope *fn, int depth)
{
        int state = scope_memo(fn)->effects_state;
        if (state == 1 || (state > 1 && state - 2 <= depth) || fn->body == NO_NODE)
                return fn->effects;
        fn->effects_state = 1;
        struct file *f = fn->file;
        for (uint32_t n = fn->body; n < f->nodes[fn->body].after;) {
                uint8_t kind = f->nodes[n].kind;
                if (n != fn->body && (kind == PY_function_definition || kind == PY_class_definition || kind == PY_lambda || (kind == PY_block && is_optional(fn, n)))) {
                        n = f->nodes[n].after;
                        continue;
                }
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                if (kind == PY_call || kind == PY_await || kind == PY_for_statement || kind == PY_for_in_clause)
                        fn->effects |= effects_of_lazy(fn, n);
                if (kind == PY_call) {
                        fn->effects |= effects_of_call(fn, n, depth);
                } else if (kind == PY_await && node_first(f, n) != NO_NODE && f->nodes[node_first(f, n)].kind == PY_identifier) {
                        struct value v = eval(fn, node_first(f, n));
                        if (v.kind == V_INSTANCE && !strcmp(v.text, "asyncio.Future"))
                                fn->effects |= EF_FUTURE;
                }
                n++;
        }
        fn->effects_state = 2 + depth;
        return fn->effects;
}
