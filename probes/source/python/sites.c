/*
 * Sites: the calls, loops, awaits and with blocks that rules join, found in one pass over each function in the order of its text,
 * so that a loop or a held connection is known when what stands inside it is met.
 */
#include "probes/source/python/orm.h"

#include <string.h>

/* Where the pass is. Copied on the way down, so leaving a block restores what was outside. */
struct at {
        struct scope *scope;
        int64_t loop, hold;       /* index into sites + 1; 0: none */
        int64_t session;          /* with block of a session that holds nothing yet */
        uint32_t loop_node;
        const struct orm_variable *variables; /* of the loops around */
        bool is_async;
        bool at_most_once;        /* returns or breaks out of the loop right after */
        bool guarded;             /* under a condition that only some rounds meet */
        bool entered;             /* the call is the manager of a with */
        uint32_t awaited;         /* the await around, NO_NODE */
};

static void walk(struct at *at, uint32_t n);
static void visit_lazy(struct at *at, uint32_t n, bool awaited);

static struct site *site_by_id(struct source *s, int64_t id)
{
        return id ? &s->python->sites.items[id - 1] : NULL;
}

static struct site *add_site(struct at *at, const char *kind, const char *what, uint32_t n)
{
        struct file *f = at->scope->file;
        struct source *s = f->source;
        struct site *x = vec_push(s->arena, &s->python->sites);
        *x = (struct site){.id = (int64_t)s->python->sites.len, .loop = at->loop, .holding = at->hold, .kind = kind, .what = what, .file = f,
                           .scope = at->scope, .node = n, .start = f->nodes[n].start, .end = f->nodes[n].end, .is_async = at->is_async};
        x->parent = at->loop ? at->loop : at->hold;
        x->context = scope_context(at->scope);
        return x;
}

static void mark_used(struct source *s, int64_t id)
{
        for (struct site *x = site_by_id(s, id); x && !x->used; x = site_by_id(s, x->loop ? x->loop : x->holding))
                x->used = true;
}

/* What the words of a site point to, out of the scratch arena; names repeat, so they are interned. */
static const char *name_kept(struct source *s, const char *name)
{
        return name ? intern(s, name, strlen(name)) : NULL;
}

static void keep(struct source *s, struct site *x)
{
        x->callee = name_kept(s, x->callee);
        x->receiver = name_kept(s, x->receiver);
        x->receiver_type = name_kept(s, x->receiver_type);
        x->note = name_kept(s, x->note);
        x->args = arena_strdup(s->arena, x->args);
}

/* ── Loops ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_display(const struct file *f, uint32_t n)
{
        uint8_t kind = f->nodes[n].kind;
        return kind == PY_list || kind == PY_tuple || kind == PY_set || kind == PY_dictionary || kind == PY_string;
}

static const char *callee_name(const struct file *f, uint32_t call)
{
        uint32_t function = node_field(f, call, F_function);
        if (function != NO_NODE && f->nodes[function].kind == PY_attribute)
                function = node_field(f, function, F_attribute);
        return function == NO_NODE ? "" : node_text(f, function);
}

/* The tables of a schema, the keywords of a call: as many as somebody wrote, whatever the data. */
static bool is_bounded(struct scope *s, uint32_t n)
{
        static const char *const lists[] = {"sorted_tables", "metadata.tables", "get_table_names", "get_models", "_meta.fields", "_meta.get_fields", "__table__.columns", "__mapper__"};
        struct file *f = s->file;
        const char *text = node_text(f, n);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
                if (strstr(text, lists[i]))
                        return true;
        if (f->nodes[n].kind != PY_identifier)
                return false;
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *b = &s->bindings.items[i];
                if (b->kind == B_PARAM && text_is(f, n, b->name) && b->at >= 2 && !strncmp(f->bytes + b->at - 2, "**", 2))
                        return true;
        }
        return false;
}

static const char *iteration(struct scope *s, uint32_t n, int depth);

static const char *iteration_of_call(struct scope *s, uint32_t n, int depth)
{
        struct file *f = s->file;
        const char *name = callee_name(f, n);
        uint32_t first = call_argument(f, n, NULL, 0), third = call_argument(f, n, NULL, 2);
        static const char *const wrappers[] = {"enumerate", "list", "tuple", "sorted", "reversed", "set", "zip", "items", "keys", "values"};
        if (!strcmp(name, "range")) {
                uint32_t last = call_argument(f, n, NULL, 1) == NO_NODE ? first : call_argument(f, n, NULL, 1);
                if (third != NO_NODE)
                        return "for_chunks";
                return last != NO_NODE && f->nodes[last].kind == PY_integer && f->nodes[last].end - f->nodes[last].start <= 2 ? "for_constant" : "for_range";
        }
        if (strstr(name, "chunk") || strstr(name, "batch") || strstr(name, "grouper"))
                return "for_chunks";
        for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
                if (!strcmp(name, wrappers[i])) {
                        uint32_t function = node_field(f, n, F_function);
                        uint32_t inner = first != NO_NODE ? first : f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
                        return inner == NO_NODE ? "for" : iteration(s, inner, depth + 1);
                }
        struct value rows = eval(s, n);
        if (rows.kind == V_INSTANCE && orm_is_rows(rows.text))
                return "for_rows";
        struct call_class c = classify(s, n, true);
        if (c.what && (!strcmp(c.what, "execute") || !strcmp(c.what, "fetch")))
                return "for_rows";
        struct value v = eval(s, node_field(f, n, F_function));
        const char *external = value_extern(&v);
        return external && strstr(external, "batched") ? "for_chunks" : "for";
}

/* What a loop goes over: rows of a query, a fixed list, chunks, something else. */
/* bot.config.gods, settings.ADMINS, NOTIFY_DAYS: what a person wrote down is short, even where it cannot be read. */
static bool is_setting(const struct file *f, uint32_t n)
{
        static const char *const words[] = {"config", "settings", "conf", "cfg", "constants"};
        uint32_t last = f->nodes[n].kind == PY_attribute ? node_field(f, n, F_attribute) : n;
        if (last == NO_NODE)
                return false;
        bool capitals = f->nodes[last].end - f->nodes[last].start > 2;
        for (uint32_t i = f->nodes[last].start; i < f->nodes[last].end; i++)
                capitals &= f->bytes[i] < 'a' || f->bytes[i] > 'z';
        if (capitals)
                return true;
        for (uint32_t o = n; f->nodes[o].kind == PY_attribute && (o = node_field(f, o, F_object)) != NO_NODE;) {
                uint32_t name = f->nodes[o].kind == PY_attribute ? node_field(f, o, F_attribute) : o;
                for (size_t i = 0; name != NO_NODE && i < sizeof words / sizeof *words; i++)
                        if (text_is(f, name, words[i]))
                                return true;
        }
        return false;
}

static const char *iteration(struct scope *s, uint32_t n, int depth)
{
        struct file *f = s->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        while (f->nodes[n].kind == PY_await || f->nodes[n].kind == PY_parenthesized_expression) {
                if (node_first(f, n) == NO_NODE)
                        return "for";
                n = node_first(f, n);
        }
        if (depth > 6)
                return "for";
        if (is_display(f, n) || is_bounded(s, n))
                return "for_constant";
        if (f->nodes[n].kind == PY_call)
                return iteration_of_call(s, n, depth);
        if (f->nodes[n].kind == PY_subscript && node_field(f, n, F_value) != NO_NODE)
                return iteration(s, node_field(f, n, F_value), depth + 1);
        if (f->nodes[n].kind != PY_identifier && f->nodes[n].kind != PY_attribute)
                return "for";
        struct value v = eval(s, n);
        if (v.kind == V_INSTANCE && orm_is_rows(v.text))
                return "for_rows";
        if ((v.kind == V_LIST || v.kind == V_DICT) && !v.ambiguous) { /* a display that nothing is added to */
                const char *grown[] = {"append", "extend", "add", "update", "insert"};
                const char *name = node_text(f, n);
                for (size_t i = 0; i < sizeof grown / sizeof *grown; i++)
                        EACH_CALL_IN(v.file, grown[i], c) {
                                uint32_t function = node_field(c->file, c->node, F_function);
                                uint32_t object = c->file->nodes[function].kind == PY_attribute ? node_field(c->file, function, F_object) : NO_NODE;
                                if (object != NO_NODE && text_is(c->file, object, name))
                                        return "for";
                        }
                uint32_t inside = node_first(v.file, v.node);
                return inside == NO_NODE ? "for" : "for_constant";
        }
        if (v.kind == V_CLASS || ((v.kind <= V_TEXT || v.kind == V_CONFIG || v.kind == V_EXTERN) && is_setting(f, n)))
                return "for_constant"; /* an enumeration, or what somebody chose */
        if (f->nodes[n].kind == PY_identifier) { /* rows = await conn.fetch(...) */
                const char *name = intern(f->source, f->bytes + f->nodes[n].start, f->nodes[n].end - f->nodes[n].start);
                const struct binding *best = NULL;
                for (size_t i = 0; i < s->bindings.len; i++)
                        if (s->bindings.items[i].name == name && s->bindings.items[i].at < f->nodes[n].start)
                                best = &s->bindings.items[i];
                if (best && best->kind == B_ASSIGN && best->value != NO_NODE && best->item < 0)
                        return iteration(s, best->value, depth + 1);
        }
        return "for";
}

static void walk_children(struct at *at, uint32_t n)
{
        EACH_CHILD(at->scope->file, n, c)
                walk(at, c);
}

static void walk_for(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        uint32_t right = node_field(f, n, F_right), body = node_field(f, n, F_body), otherwise = node_field(f, n, F_alternative);
        if (right != NO_NODE) {
                walk(at, right);
                visit_lazy(at, right, f->nodes[n].flags & NODE_ASYNC);
        }
        struct at inner = *at;
        struct site *loop = add_site(at, "loop", f->nodes[n].flags & NODE_ASYNC ? "for_async" : right == NO_NODE ? "for" : iteration(at->scope, right, 0), n);
        inner.loop = loop->id;
        inner.loop_node = n;
        struct orm_variable variable;
        if (orm_loop_variable(at->scope, node_field(f, n, F_left), right, &variable)) {
                variable.outer = at->variables;
                inner.variables = &variable;
        }
        inner.at_most_once = inner.guarded = false;
        if (body != NO_NODE)
                walk(&inner, body);
        if (otherwise != NO_NODE)
                walk(at, otherwise);
}

static void walk_while(struct at *at, uint32_t n)
{
        struct at inner = *at;
        inner.loop = add_site(at, "loop", "while", n)->id;
        inner.loop_node = n;
        inner.at_most_once = inner.guarded = false;
        walk_children(&inner, n);
}

/* The first iterable runs once, outside; everything else runs for each element. */
static void walk_comprehension(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        struct at inner = *at;
        uint32_t clause = NO_NODE;
        EACH_CHILD(f, n, c)
                if (f->nodes[c].kind == PY_for_in_clause && clause == NO_NODE)
                        clause = c;
        uint32_t right = clause == NO_NODE ? NO_NODE : node_field(f, clause, F_right);
        if (right != NO_NODE) {
                walk(at, right);
                visit_lazy(at, right, f->nodes[clause].flags & NODE_ASYNC);
        }
        const char *what = right == NO_NODE ? "for" : f->nodes[clause].flags & NODE_ASYNC ? "for_async" : iteration(at->scope, right, 0);
        inner.loop = add_site(at, "loop", what, n)->id;
        inner.loop_node = n;
        inner.at_most_once = inner.guarded = false;
        struct orm_variable variable;
        if (clause != NO_NODE && orm_loop_variable(at->scope, node_field(f, clause, F_left), right, &variable)) {
                variable.outer = at->variables;
                inner.variables = &variable;
        }
        EACH_CHILD(f, n, c)
                if (c != clause)
                        walk(&inner, c);
}

/* ── With ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_word(const char *word, const char *other)
{
        return word && !strcmp(word, other);
}

/* `with ThreadPoolExecutor() as pool:` waits at its end for what was submitted. */
static void enter_executor(struct at *inner, uint32_t manager)
{
        struct file *f = inner->scope->file;
        uint32_t with = enclosing(f, manager, PY_with_statement);
        for (uint32_t n = with; inner->is_async && with != NO_NODE && n < f->nodes[with].after; n++) {
                uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
                const char *text = function == NO_NODE ? "" : node_text(f, function);
                if (!str_ends(text, ".submit") && !str_ends(text, ".map"))
                        continue;
                struct site *x = add_site(inner, "call", "future", manager);
                x->callee = "concurrent.futures.Executor.__exit__";
                x->blocking = x->used = true;
                return;
        }
}

static void enter(struct at *inner, uint32_t manager)
{
        struct file *f = inner->scope->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        while (f->nodes[manager].kind == PY_await && node_first(f, manager) != NO_NODE)
                manager = node_first(f, manager);
        if (f->nodes[manager].kind != PY_call) {
                struct value v = eval(inner->scope, manager);
                if (v.kind == V_INSTANCE && (!strcmp(v.text, "asyncio.Lock") || !strcmp(v.text, "threading.Lock")))
                        add_site(inner, "with", "lock", manager)->used = true;
                return;
        }
        struct call_class c = classify(inner->scope, manager, false);
        struct value v = eval(inner->scope, manager);
        if (v.kind == V_INSTANCE && !strcmp(v.text, "concurrent.futures.Executor"))
                enter_executor(inner, manager);
        bool session = is_word(c.what, "session") || (v.kind == V_INSTANCE && str_ends(v.text, "Session") && str_starts(v.text, "sqlalchemy."));
        bool connection = is_word(c.what, "acquire") || is_word(c.what, "connect");
        if (is_word(c.what, "lock"))
                add_site(inner, "with", "lock", manager)->used = true;
        if (is_word(c.what, "pool") || is_word(c.what, "engine"))
                return;
        if (!session && !connection && !(v.kind == V_INSTANCE && str_ends(v.text, "Connection")))
                return;
        if (is_word(c.what, "transaction"))
                return;
        struct site *with = add_site(inner, "with", session ? "session" : "acquire", manager);
        with->pool = c.pool ? c.pool : v.pool;
        with->receiver = c.receiver;
        with->receiver_type = c.receiver_type;
        with->callee = c.callee;
        keep(f->source, with);
        if (session)
                inner->session = with->id;
        else
                inner->hold = with->id;
}

static void walk_with(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        struct at inner = *at;
        uint32_t body = node_field(f, n, F_body);
        EACH_CHILD(f, n, clause)
        {
                if (f->nodes[clause].kind != PY_with_clause)
                        continue;
                EACH_CHILD(f, clause, item)
                {
                        uint32_t manager = node_field(f, item, F_value);
                        if (manager != NO_NODE && f->nodes[manager].kind == PY_as_pattern)
                                manager = node_first(f, manager);
                        if (manager == NO_NODE)
                                continue;
                        inner.entered = true;
                        walk(&inner, manager);
                        inner.entered = false;
                        enter(&inner, manager);
                }
        }
        if (body != NO_NODE)
                walk(&inner, body);
}

/* ── Calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

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
        return call_argument(f, call, NULL, 2) != NO_NODE;
}

static const char *redis_note(struct at *at, uint32_t call)
{
        struct file *f = at->scope->file;
        uint32_t key = call_argument(f, call, "name", 0);
        if (has_expiry(f, call))
                return "expires";
        struct value v = key == NO_NODE ? value_unknown(f->source, "") : eval(at->scope, key);
        return v.kind == V_TEXT && !v.holes ? "no ttl, one key" : "no ttl";
}

static const char *arguments(const struct file *f, uint32_t call)
{
        uint32_t list = node_field(f, call, F_arguments);
        return list == NO_NODE ? NULL : file_snippet(f->source->scratch, f, f->nodes[list].start, f->nodes[list].end, 160);
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

static void note_call(struct at *at, struct site *x, uint32_t n)
{
        if (is_word(x->what, "redis_set"))
                x->note = redis_note(at, n);
        else if ((is_word(x->what, "acquire") || is_word(x->what, "connect") || is_word(x->what, "session")) && !at->entered)
                x->note = x->note ? x->note : leak_note(at, n);
        else if (is_word(x->what, "http_client") || is_word(x->what, "process_pool"))
                x->note = at->entered ? "entered" : NULL;
        else if (at->loop && at->at_most_once)
                x->note = "last round";
        else if (at->loop && at->guarded)
                x->note = "some rounds";
        else if (at->loop && !x->note && is_word(x->what, "execute") && has_own_text(at, n))
                x->note = "own text";
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
                        const char *over = iteration(at->scope, node_field(f, c, F_right), 0);
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

static void note_coroutines(struct at *at, struct site *x, uint32_t n)
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

static bool worth_following(const struct at *at)
{
        return at->loop || at->hold || at->is_async;
}

static void add_rows(struct at *at, const struct orm_rows *rows);

static void visit_call(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        struct source *s = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct orm_rows counted;
        const char *only = orm_only_counted(at->scope, n, &counted);
        if (only) {
                struct site *q = add_site(at, "query", only, n);
                q->args = counted.table;
                q->used = true;
                keep(s, q);
        }
        struct call_class c = classify(at->scope, n, worth_following(at));
        if (!c.what || (c.function && !at->loop && !at->hold && !c.blocking) || c.function == at->scope)
                return;
        bool thread_call = is_word(c.what, "thread");
        struct site *x = add_site(at, "call", c.what, n);
        x->callee = c.callee;
        x->receiver = c.receiver;
        x->receiver_type = c.receiver_type;
        x->pool = c.pool;
        x->note = c.note;
        x->blocking = c.blocking && at->is_async && !thread_call && f->nodes[f->nodes[n].parent].kind != PY_await;
        x->args = arguments(f, n);
        x->used = true;
        note_call(at, x, n);
        note_coroutines(at, x, n);
        keep(s, x);
        mark_used(s, at->loop);
        mark_used(s, at->hold);
        struct orm_rows rows;
        if (!c.function && (is_word(c.what, "execute") || is_word(c.what, "fetch")) && orm_all_rows_of_call(at->scope, n, &rows))
                add_rows(at, &rows);
        if (is_word(c.what, "execute") || is_word(c.what, "executemany")) {
                int64_t id = x->id;
                uint32_t text = call_argument(f, n, NULL, c.callee && str_ends(c.callee, "execute_values") ? 1 : 0);
                if (text == NO_NODE)
                        text = call_argument(f, n, "query", -1);
                if (text == NO_NODE)
                        text = call_argument(f, n, "statement", -1);
                if (text != NO_NODE && !c.function)
                        statement_add(s, at->scope, text, id);
                if (at->session && !at->hold)
                        at->hold = at->session;
        } else if (at->hold == at->session && at->session && (is_word(c.what, "commit") || is_word(c.what, "rollback") || is_word(c.what, "close"))) {
                at->hold = 0;
        }
}

/* row.author, where the author is loaded when it is asked for. */
static void visit_attribute(struct at *at, uint32_t n)
{
        struct source *s = at->scope->file->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct orm_access access;
        if (!at->variables || !orm_lazy_access(at->scope, at->variables, n, &access))
                return;
        struct site *x = add_site(at, "attribute", access.known ? "lazy" : "attribute", n);
        x->callee = access.attribute;
        x->receiver = access.variable;
        x->receiver_type = access.model;
        x->args = access.class;
        x->note = at->at_most_once ? "last round" : access.async ? "async" : NULL;
        x->used = true;
        keep(s, x);
        mark_used(s, at->loop);
}

/* What is bound outside the loop was sent there, or in the first round: query sets keep their rows. */
static bool is_from_outside(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        if (!at->loop || f->nodes[n].kind != PY_identifier)
                return at->loop && f->nodes[n].kind == PY_attribute;
        const struct node *loop = &f->nodes[at->loop_node];
        for (size_t i = 0; i < at->scope->bindings.len; i++) {
                const struct binding *b = &at->scope->bindings.items[i];
                if (loop->start <= b->at && b->at < loop->end && text_is(f, n, b->name))
                        return false;
        }
        return true;
}

/* Whatever a table holds is fetched: told of once, where the query begins. */
static void add_rows(struct at *at, const struct orm_rows *rows)
{
        struct file *f = at->scope->file;
        struct python *p = f->source->python;
        for (size_t i = 0; i < p->sites.len; i++)
                if (is_word(p->sites.items[i].what, "all_rows") && p->sites.items[i].start == f->nodes[rows->node].start)
                        return;
        struct site *x = add_site(at, "query", "all_rows", rows->node);
        x->args = rows->table;
        x->note = rows->constant ? "constant" : NULL;
        x->used = true;
        keep(f->source, x);
}

/* A query that is used up here: iterated, counted by len(), awaited. */
static void visit_lazy(struct at *at, uint32_t n, bool awaited)
{
        if (n == NO_NODE)
                return;
        struct file *f = at->scope->file;
        struct source *s = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct call_class c;
        if (is_from_outside(at, n) || !orm_sends(at->scope, n, awaited, &c))
                return;
        struct site *x = add_site(at, "call", c.what, n);
        x->callee = c.callee;
        x->receiver = c.receiver;
        x->receiver_type = c.receiver_type;
        x->pool = c.pool;
        x->note = at->loop && at->at_most_once ? "last round" : at->loop && at->guarded ? "some rounds" : c.note;
        x->blocking = c.blocking && at->is_async;
        x->used = true;
        keep(s, x);
        mark_used(s, at->loop);
        mark_used(s, at->hold);
        struct orm_rows rows;
        if (orm_all_rows_of_value(at->scope, n, &rows))
                add_rows(at, &rows);
        if (at->session && !at->hold)
                at->hold = at->session;
}

/* Functions passed while a connection is held, to one that calls them: digest -> cache.get(..., load_profile) -> engine.connect(). */
static void visit_arguments(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t list = node_field(f, n, F_arguments);
        if (!at->hold || list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        EACH_CHILD(f, list, c)
        {
                if (f->nodes[c].kind != PY_identifier && f->nodes[c].kind != PY_attribute)
                        continue;
                struct value v = eval(at->scope, c);
                if (v.kind != V_FUNCTION || !(function_effects(v.scope, 0) & EF_ACQUIRE))
                        continue;
                struct value callee = eval(at->scope, node_field(f, n, F_function));
                if (callee.kind != V_FUNCTION || !(function_effects(callee.scope, 0) & EF_CALLS_PARAM))
                        continue;
                struct site *x = add_site(at, "call", "acquire", n);
                x->pool = v.scope->acquired;
                x->note = arena_printf(f->source->scratch, "through %s", v.scope->qualname);
                x->callee = v.scope->qualname;
                x->used = true;
                keep(f->source, x);
                mark_used(f->source, at->hold);
        }
}

/* await of something that is no call to a database, while a connection is held. */
static void visit_await(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        uint32_t inner = node_first(f, n);
        if (at->loop && inner != NO_NODE && f->nodes[inner].kind == PY_call && waits_outside(at->scope, inner))
                add_site(at, "await", "outside", n);
        if (!at->hold || inner == NO_NODE)
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        const char *what = NULL, *note = NULL, *callee = NULL;
        if (f->nodes[inner].kind == PY_call) {
                struct call_class c = classify(at->scope, inner, true);
                what = c.what;
                note = c.note;
                callee = c.callee;
        } else {
                struct value v = eval(at->scope, inner);
                what = v.kind == V_INSTANCE && !strcmp(v.text, "asyncio.Future") ? "future" : NULL;
        }
        if (!what)
                return;
        struct site *x = add_site(at, "await", what, n);
        x->note = note;
        x->callee = callee;
        x->used = true;
        keep(f->source, x);
        mark_used(f->source, at->hold);
}

/* ── The pass ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* `break`, `return` or `raise` follow in the same block: what stands here runs once, whatever the loop does. */
static bool leaves_after(const struct file *f, uint32_t statement)
{
        for (uint32_t n = node_next(f, statement); n != NO_NODE; n = node_next(f, n))
                if (f->nodes[n].kind == PY_break_statement || f->nodes[n].kind == PY_return_statement || !strncmp(f->bytes + f->nodes[n].start, "raise", 5))
                        return true;
        return false;
}

static void walk_if(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        uint32_t condition = node_field(f, n, F_condition);
        struct at inner = *at;
        if (condition != NO_NODE) {
                walk(at, condition);
                const char *text = node_text(f, condition);
                inner.guarded |= strstr(text, "len(") || strchr(text, '%') || strstr(text, "batch");
        }
        EACH_CHILD(f, n, c)
                if (c != condition)
                        walk(&inner, c);
        at->hold = inner.hold; /* a session that began to hold goes on */
}

static void walk(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        struct at inner = *at;
        switch (f->nodes[n].kind) {
        case PY_function_definition:
        case PY_class_definition:
        case PY_decorated_definition:
        case PY_lambda:
        case PY_string:
                return;
        case PY_for_statement:
                walk_for(at, n);
                return;
        case PY_while_statement:
                walk_while(at, n);
                return;
        case PY_list_comprehension:
        case PY_set_comprehension:
        case PY_dictionary_comprehension:
        case PY_generator_expression:
                walk_comprehension(at, n);
                return;
        case PY_with_statement:
                walk_with(at, n);
                return;
        case PY_if_statement:
        case PY_elif_clause:
                walk_if(at, n);
                return;
        case PY_return_statement:
                inner.at_most_once = true;
                walk_children(&inner, n);
                return;
        case PY_expression_statement:
                inner.at_most_once |= at->loop && leaves_after(f, n);
                walk_children(&inner, n);
                at->hold = inner.hold;
                return;
        case PY_except_clause:
                inner.guarded = true;
                walk_children(&inner, n);
                return;
        case PY_attribute:
                visit_attribute(at, n);
                break;
        case PY_await:
                visit_await(at, n);
                if (node_first(f, n) != NO_NODE)
                        visit_lazy(at, node_first(f, n), true);
                break;
        case PY_call:
                walk_children(at, n);
                visit_lazy(at, orm_consumed_argument(f, n), false);
                visit_call(at, n);
                visit_arguments(at, n);
                return;
        default:
                break;
        }
        walk_children(at, n);
}

/* A loop that sleeps or talks to the network in each round is not slow because of its query. */
static void mark_paced(struct source *s)
{
        for (size_t i = 0; i < s->python->sites.len; i++) {
                struct site *x = &s->python->sites.items[i];
                bool network = is_word(x->kind, "call") && (is_word(x->what, "sleep") || is_word(x->what, "http") || is_word(x->what, "notify"));
                if (!x->loop || !(network || is_word(x->what, "outside")))
                        continue;
                site_by_id(s, x->loop)->note = "paced";
        }
}

static void add_handler(struct at *at, struct scope *fn)
{
        const char *what = handler_of(fn);
        if (!what)
                return;
        struct site *x = add_site(at, "function", "handler", fn->node);
        x->note = what;
        x->used = true;
        if (fn->body != NO_NODE)
                x->end = fn->file->nodes[fn->body].start;
        keep(fn->file->source, x);
}

static void find_in(struct scope *s)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->file->source->scratch);
        struct at at = {.scope = s, .is_async = s->is_async, .awaited = NO_NODE};
        add_handler(&at, s);
        if (s->kind == SCOPE_MODULE)
                walk_children(&at, 0);
        else if (s->body != NO_NODE)
                walk_children(&at, s->body);
}

void sites_find(struct file *f)
{
        find_in(f->scope);
        for (size_t i = 0; i < f->scopes.len; i++)
                find_in(f->scopes.items[i]);
        mark_paced(f->source);
}
