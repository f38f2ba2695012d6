/*
 * Sites: the calls, loops, awaits and with blocks that rules join, found in one pass over each function in the order of its text,
 * so that a loop or a held connection is known when what stands inside it is met.
 */
#include "probes/source/python/redis.h"
#include "probes/source/python/sites_pass.h"

#include <string.h>

struct site *site_by_id(struct source *s, int64_t id)
{
        return id ? &s->python->sites.items[id - 1] : NULL;
}

struct site *site_add(struct at *at, const char *kind, const char *what, uint32_t n)
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

void site_mark_used(struct source *s, int64_t id)
{
        for (struct site *x = site_by_id(s, id); x && !x->used; x = site_by_id(s, x->loop ? x->loop : x->holding))
                x->used = true;
}

/* What the words of a site point to, out of the scratch arena; names repeat, so they are interned. */
static const char *name_kept(struct source *s, const char *name)
{
        return name ? intern(s, name, strlen(name)) : NULL;
}

void site_keep(struct source *s, struct site *x)
{
        x->callee = name_kept(s, x->callee);
        x->receiver = name_kept(s, x->receiver);
        x->receiver_type = name_kept(s, x->receiver_type);
        x->note = name_kept(s, x->note);
        x->args = arena_strdup(s->arena, x->args);
}

bool is_word(const char *word, const char *other)
{
        return word && !strcmp(word, other);
}

static void walk(struct at *at, uint32_t n);

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
        struct site *loop = site_add(at, "loop", f->nodes[n].flags & NODE_ASYNC ? "for_async" : right == NO_NODE ? "for" : loop_over(at->scope, right), n);
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
        inner.loop = site_add(at, "loop", "while", n)->id;
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
        const char *what = right == NO_NODE ? "for" : f->nodes[clause].flags & NODE_ASYNC ? "for_async" : loop_over(at->scope, right);
        inner.loop = site_add(at, "loop", what, n)->id;
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
                        with_enter(&inner, manager);
                }
        }
        if (body != NO_NODE)
                walk(&inner, body);
}

/* `break`, `return` or `raise` follow in the same block: what stands here runs once, whatever the loop does. */
static bool leaves_after(const struct file *f, uint32_t statement)
{
        for (;;) {
                for (uint32_t n = node_next(f, statement); n != NO_NODE; n = node_next(f, n))
                        if (f->nodes[n].kind == PY_break_statement || f->nodes[n].kind == PY_return_statement || !strncmp(f->bytes + f->nodes[n].start, "raise", 5))
                                return true;
                do /* out of a branch: what follows it follows the statement */
                        statement = f->nodes[statement].parent;
                while (f->nodes[statement].kind == PY_block || f->nodes[statement].kind == PY_else_clause || f->nodes[statement].kind == PY_elif_clause);
                if (f->nodes[statement].kind != PY_if_statement)
                        return false;
        }
}

/* if key not in seen: ... seen[key] = ...: once for each that differs. */
static bool remembers(const struct file *f, const char *condition, uint32_t n)
{
        const char *in = strstr(condition, " not in ");
        uint32_t body = node_field(f, n, F_consequence);
        if (!in || body == NO_NODE)
                return false;
        const char *name = in + strlen(" not in ");
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
        const char *bytes = f->bytes + f->nodes[body].start;
        size_t left = f->nodes[body].end - f->nodes[body].start;
        for (const char *p = bytes; len && (p = memmem(p, left - (size_t)(p - bytes), name, len)); p++)
                if (p[len] == '[' || !strncmp(p + len, ".add(", 5))
                        return true;
        return false;
}

/* if row.place != place: row.place = place; ... - what is sent there is sent for the rows that moved. */
static bool only_changed(const struct file *f, uint32_t n, uint32_t condition)
{
        uint32_t left = f->nodes[condition].kind == PY_comparison_operator ? node_first(f, condition) : NO_NODE, block = node_field(f, n, F_consequence);
        if (left == NO_NODE || block == NO_NODE || f->nodes[left].kind != PY_attribute || !memmem(f->bytes + f->nodes[left].end, f->nodes[condition].end - f->nodes[left].end, "!=", 2))
                return false;
        uint32_t object = node_field(f, left, F_object);
        EACH_CHILD(f, block, c)
        {
                uint32_t assignment = f->nodes[c].kind == PY_expression_statement ? node_first(f, c) : NO_NODE;
                uint32_t to = assignment != NO_NODE && f->nodes[assignment].kind == PY_assignment ? node_field(f, assignment, F_left) : NO_NODE;
                uint32_t of = to != NO_NODE && f->nodes[to].kind == PY_attribute ? node_field(f, to, F_object) : NO_NODE;
                if (of != NO_NODE && object != NO_NODE && !strcmp(node_text(f, of), node_text(f, object)))
                        return true;
        }
        return false;
}

/* if coin == stake_currency: one of the elements is it. */
static bool picks_one(const struct at *at, uint32_t condition)
{
        const struct file *f = at->scope->file;
        uint32_t variable = at->loop && f->nodes[at->loop_node].kind == PY_for_statement ? node_field(f, at->loop_node, F_left) : NO_NODE;
        uint32_t left = f->nodes[condition].kind == PY_comparison_operator ? node_first(f, condition) : NO_NODE, right = left == NO_NODE ? NO_NODE : node_next(f, left);
        if (variable != NO_NODE && f->nodes[variable].kind == PY_pattern_list) /* for key, value in rates.items() */
                variable = node_first(f, variable);
        if (variable == NO_NODE || right == NO_NODE || node_next(f, right) != NO_NODE || f->nodes[variable].kind != PY_identifier || f->nodes[left].kind != PY_identifier ||
            (f->nodes[right].kind != PY_identifier && f->nodes[right].kind != PY_attribute) || !memmem(f->bytes + f->nodes[left].end, f->nodes[right].start - f->nodes[left].end, "==", 2))
                return false;
        return text_is(f, left, node_text(f, variable));
}

static void walk_if(struct at *at, uint32_t n)
{
        struct file *f = at->scope->file;
        uint32_t condition = node_field(f, n, F_condition);
        struct at inner = *at;
        if (condition != NO_NODE) {
                walk(at, condition);
                const char *text = node_text(f, condition);
                inner.guarded |= strstr(text, "len(") || strchr(text, '%') || strstr(text, "batch") || only_changed(f, n, condition) ||
                                 remembers(f, text, n) || picks_one(at, condition);
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
                inner.at_most_once = f->nodes[at->loop_node].kind != PY_function_definition;
                walk_children(&inner, n);
                return;
        case PY_expression_statement:
                inner.at_most_once |= at->loop && f->nodes[at->loop_node].kind != PY_function_definition && leaves_after(f, n);
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
        case PY_subscript:
                visit_slice(at, n);
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
        struct site *x = site_add(at, "function", "handler", fn->node);
        x->note = what;
        x->used = true;
        if (fn->body != NO_NODE)
                x->end = fn->file->nodes[fn->body].start;
        site_keep(fn->file->source, x);
}

static bool derives_by_name(struct scope *class, const char *word, int depth)
{
        struct file *f = class->file;
        uint32_t bases = node_field(f, class->node, F_superclasses);
        if (bases == NO_NODE || depth > 4)
                return false;
        if (strstr(node_text(f, bases), word))
                return true;
        uint32_t first = node_first(f, bases);
        struct value v = first == NO_NODE || f->nodes[first].kind == PY_keyword_argument ? value_unknown(f->source, "") : eval(class->parent, first);
        return v.kind == V_CLASS && v.scope != class && derives_by_name(v.scope, word, depth + 1);
}

static bool has_choice(const struct scope *fn)
{
        for (uint32_t n = fn->body; n != NO_NODE && n < fn->file->nodes[fn->body].after; n++) {
                uint8_t kind = fn->file->nodes[n].kind;
                if (kind == PY_if_statement || kind == PY_conditional_expression || kind == PY_boolean_operator)
                        return true;
        }
        return false;
}

/*
 * What Django REST framework calls for each row that is listed: to_representation(), get_x() of a SerializerMethodField. One that chooses
 * may well know whether a list is being made.
 */
static bool is_for_each_row(struct scope *fn)
{
        struct scope *class = fn->parent;
        if (fn->kind != SCOPE_FUNCTION || !class || class->kind != SCOPE_CLASS || (strcmp(fn->name, "to_representation") && !str_starts(fn->name, "get_")))
                return false;
        bool field = !strcmp(fn->name, "to_representation");
        for (size_t i = 0; !field && i < class->bindings.len; i++) {
                const struct binding *b = &class->bindings.items[i];
                field = b->kind == B_ASSIGN && !strcmp(b->name, fn->name + 4) && b->value != NO_NODE && strstr(node_text(fn->file, b->value), "SerializerMethodField");
        }
        return field && !has_choice(fn) && derives_by_name(class, "Serializer", 0);
}

static void find_in(struct scope *s)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->file->source->scratch);
        struct at at = {.scope = s, .is_async = s->is_async, .awaited = NO_NODE};
        add_handler(&at, s);
        response_visit(&at);
        if (is_for_each_row(s)) {
                at.loop = site_add(&at, "loop", "for", s->node)->id;
                at.loop_node = s->node;
                site_by_id(s->file->source, at.loop)->note = "serializer";
        }
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
        orm_expired_find(f);
        mark_paced(f->source);
        redis_pairs(f->source);
}
