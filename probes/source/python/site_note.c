/*
 * What else is to be said of a call: keys without expiry, connections never given back, rounds that do not count, tasks of a gather.
 */
#include "probes/source/python/redis.h"
#include "probes/source/python/sites_pass.h"

#include <string.h>

static bool has_expiry(const struct file *f, uint32_t call)
{
        static const char *const keywords[] = {"ex", "px", "exat", "pxat", "keepttl", "expire", "ttl"};
        for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
                if (call_argument(f, call, keywords[i], -1) != NO_NODE)
                        return true;
        uint32_t list = node_field(f, call, F_arguments);
        EACH_CHILD(f, list, c)
                if (f->nodes[c].kind == PY_dictionary_splat || f->nodes[c].kind == PY_list_splat)
                        return true;
        return call_argument(f, call, NULL, 2 + redis_skipped(f, call)) != NO_NODE;
}

static const char *redis_note(struct at *at, uint32_t call)
{
        struct file *f = at->scope->file;
        uint32_t key = call_argument(f, call, "name", redis_skipped(f, call));
        if (has_expiry(f, call))
                return "expires";
        struct value v = key == NO_NODE ? value_unknown(f->source, "") : eval(at->scope, key);
        return v.kind == V_TEXT && !v.holes ? "no ttl, one key" : "no ttl";
}

/* Session() with no engine behind it takes nothing; Session(bind=connection) works on what somebody else gives back. */
static bool is_lent(struct at *at, uint32_t call)
{
        struct file *f = at->scope->file;
        const char *callee = callee_name(f, call);
        if (strcmp(callee, "Session") && strcmp(callee, "AsyncSession"))
                return false;
        struct value v = eval(at->scope, node_field(f, call, F_function));
        const char *name = value_extern(&v);
        if (!name || !str_starts(name, "sqlalchemy."))
                return false;
        uint32_t bind = call_argument(f, call, "bind", 0);
        if (bind == NO_NODE)
                return true;
        v = eval(at->scope, bind);
        return v.kind != V_INSTANCE || !str_ends(v.text, "Engine");
}

/* A connection taken without with: does the function give it back, or hand it on? */
static const char *leak_note(struct at *at, uint32_t call)
{
        struct file *f = at->scope->file;
        uint32_t n = call;
        do
                n = f->nodes[n].parent;
        while (f->nodes[n].kind == PY_await || f->nodes[n].kind == PY_parenthesized_expression);
        uint32_t left = f->nodes[n].kind == PY_assignment ? node_field(f, n, F_left) : NO_NODE;
        if (at->scope->kind != SCOPE_FUNCTION || left == NO_NODE || f->nodes[left].kind != PY_identifier || is_lent(at, call))
                return NULL;
        const char *name = node_text(f, left);
        for (uint32_t i = call; i < f->nodes[at->scope->node].after; i++) {
                if (f->nodes[i].kind != PY_identifier || f->nodes[i].start <= f->nodes[call].end || !text_is(f, i, name))
                        continue;
                uint8_t kind = f->nodes[f->nodes[i].parent].kind;
                if (kind == PY_attribute && f->nodes[i].field == F_object) {
                        const char *attribute = node_text(f, node_field(f, f->nodes[i].parent, F_attribute));
                        if (strstr(attribute, "close") || !strcmp(attribute, "release") || !strcmp(attribute, "remove") || strstr(attribute, "__exit__"))
                                return NULL;
                } else if (kind != PY_attribute) {
                        return NULL; /* returned, passed on, released by its pool, entered later */
                }
        }
        return "never closed here";
}

/* A migration runner: another statement in each round, out of the loop's own variables. */
static bool has_own_text(struct at *at, uint32_t call)
{
        struct file *f = at->scope->file;
        uint32_t arg = call_argument(f, call, NULL, 0);
        if (arg != NO_NODE && f->nodes[arg].kind == PY_call && (str_starts(node_text(f, arg), "Drop") || str_starts(node_text(f, arg), "Create")))
                return true; /* DDL of SQLAlchemy, a table at a time */
        if (arg == NO_NODE || (f->nodes[arg].kind != PY_identifier && f->nodes[arg].kind != PY_attribute) || eval(at->scope, arg).kind != V_UNKNOWN)
                return false;
        uint32_t root = arg;
        while (f->nodes[root].kind == PY_attribute && node_first(f, root) != NO_NODE)
                root = node_first(f, root);
        const struct node *loop = &f->nodes[at->loop_node];
        for (size_t i = 0; i < at->scope->bindings.len; i++) {
                const struct binding *b = &at->scope->bindings.items[i];
                if (text_is(f, root, b->name) && loop->start <= b->at && b->at < loop->end)
                        return true;
        }
        return false;
}

void note_call(struct at *at, struct site *x, uint32_t n)
{
        if (is_word(x->what, "redis_set"))
                x->note = redis_note(at, n);
        else if ((is_word(x->what, "acquire") || is_word(x->what, "connect") || is_word(x->what, "session")) && !at->entered)
                x->note = x->note ? x->note : leak_note(at, n);
        else if (is_word(x->what, "http_client") || is_word(x->what, "process_pool") || is_word(x->what, "thread_pool"))
                x->note = at->entered ? "entered" : NULL;
        else if (is_word(x->what, "thread_pool"))
                x->note = at->entered && at->is_async ? "entered" : NULL; /* a plain function may wait for the threads that it starts */
        else if (at->loop && at->at_most_once)
                x->note = "last round";
        else if (at->loop && at->guarded)
                x->note = "some rounds";
        else if (at->loop && !x->note && is_word(x->what, "execute") && has_own_text(at, n))
                x->note = "own text";
        else if (!x->note && x->what && str_starts(x->what, "redis_"))
                x->note = redis_key_note(at->scope, n, x->callee);
}

/* The call that makes each of many tasks: gather(*[f(x) for x in rows]), or through a name for the list. */
static uint32_t task_of_each(struct at *at, uint32_t gather)
{
        struct file *f = at->scope->file;
        uint32_t list = node_field(f, gather, F_arguments), splat = NO_NODE;
        if (list == NO_NODE)
                return NO_NODE;
        EACH_CHILD(f, list, c)
                if (f->nodes[c].kind == PY_list_splat)
                        splat = node_first(f, c);
        if (splat != NO_NODE && f->nodes[splat].kind == PY_identifier)
                for (size_t i = at->scope->bindings.len; i-- > 0;) {
                        const struct binding *b = &at->scope->bindings.items[i];
                        if (b->kind == B_ASSIGN && b->at < f->nodes[splat].start && text_is(f, splat, b->name)) {
                                splat = b->value;
                                break;
                        }
                }
        if (splat == NO_NODE)
                return NO_NODE;
        while (f->nodes[splat].kind == PY_parenthesized_expression && node_first(f, splat) != NO_NODE)
                splat = node_first(f, splat);
        if (f->nodes[splat].kind != PY_list_comprehension && f->nodes[splat].kind != PY_generator_expression)
                return NO_NODE;
        EACH_CHILD(f, splat, c)
                if (f->nodes[c].kind == PY_for_in_clause) {
                        const char *over = loop_over(at->scope, node_field(f, c, F_right));
                        uint32_t body = node_field(f, splat, F_body);
                        return strcmp(over, "for") && strcmp(over, "for_rows") ? NO_NODE : body;
                }
        return NO_NODE;
}

/* Something lets only so many of them through. */
static bool is_limited(const struct scope *fn)
{
        static const char *const words[] = {"emaphore", "limit", "_sem", "sem:", "Limiter"};
        const struct node *n = &fn->file->nodes[fn->node];
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (memmem(fn->file->bytes + n->start, n->end - n->start, words[i], strlen(words[i])))
                        return true;
        return false;
}

/* The pool from which a coroutine that a call makes takes its connection. */
static struct pool *pool_of_coroutine(struct at *at, uint32_t call, struct scope **ret)
{
        struct file *f = at->scope->file;
        if (call == NO_NODE || f->nodes[call].kind != PY_call)
                return NULL;
        struct value v = eval(at->scope, node_field(f, call, F_function));
        if (v.kind != V_FUNCTION || !v.scope->is_async)
                return NULL;
        function_effects(v.scope, 0);
        *ret = v.scope;
        return v.scope->acquired;
}

void note_coroutines(struct at *at, struct site *x, uint32_t n)
{
        struct file *f = at->scope->file;
        struct scope *fn = NULL;
        if (is_word(x->what, "run")) {
                x->pool = pool_of_coroutine(at, call_argument(f, n, NULL, 0), &fn);
        } else if (is_word(x->what, "gather") && !is_limited(at->scope)) {
                x->pool = pool_of_coroutine(at, task_of_each(at, n), &fn);
                if (x->pool && !is_limited(fn))
                        x->note = arena_printf(f->source->scratch, "wide through %s", fn->qualname);
        }
}
