/*
 * Names: the binding that holds where a name is used, imports, parameters by what their callers pass, annotations.
 */
#include "probes/source/python/orm.h"
#include "probes/source/world.h"

#include <limits.h>
#include <string.h>

enum { CALL_SITES_MAX = 12 };

static struct value from_module(struct ctx *c, struct file *module, const char *name)
{
        struct source *src = module->source;
        depends_on_name_in(module, name);
        for (size_t i = 0; i < module->scope->bindings.len; i++)
                if (module->scope->bindings.items[i].name == name)
                        return ev_name(c, module->scope, name, UINT32_MAX);
        struct file *sub = module->is_package ? module_seen(src, module, name, 1) : NULL;
        if (sub)
                return (struct value){.kind = V_MODULE, .file = sub, .node = NO_NODE};
        depends_on_name_in(module, "*");
        for (size_t i = 0; i < module->scope->stars.len; i++) {
                const char *star = module->scope->stars.items[i];
                int level = 0;
                while (star[level] == '.')
                        level++;
                struct file *other = module_seen(src, module, star + level, level);
                struct value v = unknown("");
                if (other && other != module && c->depth < EVAL_DEPTH_MAX) { /* stars may go round in a circle */
                        c->depth++;
                        v = from_module(c, other, name);
                        c->depth--;
                }
                if (v.kind != V_UNKNOWN)
                        return v;
                if (!other && !level)
                        return extern_named(arena_printf(src->scratch, "%s.%s", star, name), module);
        }
        return unknown(arena_printf(src->scratch, "%s has no '%s'", module->path, name));
}

static struct file *module_of(struct file *f, struct binding *b)
{
        if (b->sought != f->source->python->epoch) {
                b->found = module_seen(f->source, f, b->module, b->level);
                b->sought = f->source->python->epoch;
        }
        return b->found;
}

static struct value from_import(struct ctx *c, struct file *f, struct binding *b)
{
        struct source *s = f->source;
        struct file *module = module_of(f, b), *sub;
        if (b->kind == B_IMPORT) {
                if (module)
                        return (struct value){.kind = V_MODULE, .file = module, .node = NO_NODE};
                return extern_named(b->module, f);
        }
        if (module && module != f && c->depth < EVAL_DEPTH_MAX) {
                c->depth++;
                struct value v = from_module(c, module, b->symbol);
                c->depth--;
                if (v.kind != V_UNKNOWN)
                        return v;
        }
        const char *full = *b->module ? arena_printf(s->scratch, "%s.%s", b->module, b->symbol) : b->symbol;
        if ((sub = module_seen(s, f, full, b->level)))
                return (struct value){.kind = V_MODULE, .file = sub, .node = NO_NODE};
        if (b->level || module)
                return unknown(arena_printf(s->scratch, "'%s' is not found in the tree (imported at %s)", full, place(f, b->at)));
        return extern_named(full, f);
}

/*
 * What an import gives is asked for again and again, and mostly is a class, a function, a module or a name of a library: then it is the
 * same wherever it is asked, and kept for the focus, unless steps ran out on the way or a parameter was still being asked for.
 */
static struct value of_import(struct ctx *c, struct file *f, struct binding *b)
{
        struct python *p = c->python;
        if (b->epoch == p->epoch && b->answer)
                return *b->answer;
        int outer_cut = p->cut;
        int64_t exhausted = p->exhausted;
        p->cut = INT_MAX;
        struct value v = from_import(c, f, b);
        bool simple = v.kind == V_CLASS || v.kind == V_FUNCTION || v.kind == V_MODULE || v.kind == V_EXTERN;
        if (simple && p->cut == INT_MAX && p->exhausted == exhausted && p->source->focus) {
                b->epoch = p->epoch;
                b->answer = arena_new_of(p->source->arena, struct value);
                *b->answer = value_keep(p->source, v);
        }
        p->cut = outer_cut < p->cut ? outer_cut : p->cut;
        return v;
}

static struct value param_from_call(struct ctx *c, const struct scope *function, const struct binding *b, const struct frame *frame)
{
        bool method = function->parent && function->parent->kind == SCOPE_CLASS && !function->is_static;
        uint32_t arg = call_argument(frame->scope->file, frame->call, b->name, b->position - method);
        if (arg == NO_NODE)
                return unknown("not passed");
        struct ctx inner = {.python = c->python, .frame = frame->up, .depth = c->depth + 1};
        return ev(&inner, frame->scope, arg);
}

/* Our function or class that a call calls; asked for once where the answer is whole. */
static const struct scope *call_target(struct ctx *c, struct call_site *call)
{
        struct python *p = c->python;
        if (call->followed == p->epoch)
                return call->target;
        int outer_cut = p->cut;
        int64_t exhausted = p->exhausted;
        struct ctx inner = {.python = p, .depth = c->depth + 2};
        p->cut = INT_MAX;
        struct value v = ev(&inner, call->scope, node_field(call->file, call->node, F_function));
        const struct scope *target = v.kind == V_FUNCTION || v.kind == V_CLASS ? v.scope : NULL;
        if (p->cut == INT_MAX && p->exhausted == exhausted) {
                call->target = target;
                call->followed = p->epoch;
        }
        p->cut = outer_cut < p->cut ? outer_cut : p->cut;
        return target;
}

/* What callers pass: the first known answer counts for its type, and is marked when another call passes something else. */
static struct value param_from_callers(struct ctx *c, struct scope *function, const struct binding *b)
{
        bool init = !strcmp(function->name, "__init__") && function->parent && function->parent->kind == SCOPE_CLASS;
        const struct scope *wanted = init ? function->parent : function;
        struct value found = unknown("no call passes it");
        int tried = 0;
        struct call_walk walk = calls_walk(c->python->source, wanted->name);
        for (struct call_site *call = calls_next(&walk); call && tried < CALL_SITES_MAX; call = calls_next(&walk), tried++) {
                struct frame frame = {.function = function, .scope = call->scope, .call = call->node};
                if (call_target(c, call) != wanted)
                        continue;
                struct value v = param_from_call(c, function, b, &frame);
                if (v.kind == V_UNKNOWN)
                        continue;
                if (found.kind == V_INSTANCE && (v.kind != V_INSTANCE || found.node != v.node))
                        found.node = NO_NODE; /* made by one of several calls */
                if (found.kind == V_UNKNOWN)
                        found = v;
                else if (found.kind != v.kind || found.pool != v.pool || found.number != v.number || found.start != v.start || found.steps != v.steps)
                        found.ambiguous = true;
        }
        return found;
}

/*
 * The same question without its asker: what callers pass depends on nothing but the parameter, so an answer that neither ran out
 * of steps nor left out a parameter still being asked for is kept. A parameter that is passed on to itself adds nothing.
 */
static struct value from_callers(struct ctx *c, struct scope *function, struct binding *b)
{
        struct python *p = c->python;
        if (b->epoch != p->epoch) {
                b->epoch = p->epoch;
                b->answer = NULL;
                b->asking = 0;
        }
        if (b->answer)
                return *b->answer;
        if (b->asking) {
                p->cut = b->asking < p->cut ? b->asking : p->cut;
                return unknown("passed on to itself");
        }
        int outer_cut = p->cut;
        int64_t exhausted = p->exhausted;
        b->asking = ++p->asked;
        p->cut = INT_MAX;
        struct value v = param_from_callers(c, function, b);
        bool complete = p->cut >= b->asking;
        if (complete && p->exhausted == exhausted) {
                b->answer = arena_new_of(p->source->arena, struct value);
                *b->answer = value_keep(p->source, v);
        }
        p->cut = complete || outer_cut < p->cut ? outer_cut : p->cut;
        b->asking = 0;
        p->asked--;
        return v;
}

/* discord.py makes the bot and hands it to setup(bot), to cogs and converters: no call of the tree passes it. */
static bool hands_bot(const struct scope *function, const struct binding *b, const struct value *typed)
{
        const struct file *f = function->file;
        if (typed->kind == V_INSTANCE)
                return str_starts(typed->text, "discord.") && (str_ends(typed->text, ".Bot") || str_ends(typed->text, ".AutoShardedBot") || str_ends(typed->text, ".Client"));
        return typed->kind == V_UNKNOWN && b->type == NO_NODE && !strcmp(b->name, "bot") &&
               (memmem(f->bytes, f->len, "discord", 7) || memmem(f->bytes, f->len, "disnake", 7) || memmem(f->bytes, f->len, "nextcord", 8));
}

static struct value of_parameter(struct ctx *c, struct scope *function, struct binding *b)
{
        struct source *s = c->python->source;
        for (const struct frame *frame = c->frame; frame; frame = frame->up)
                if (frame->function == function) {
                        struct value v = param_from_call(c, function, b, frame);
                        if (v.kind != V_UNKNOWN)
                                return v;
                        if (b->value != NO_NODE)
                                return ev(c, function->parent, b->value);
                }
        bool method = function->parent && function->parent->kind == SCOPE_CLASS && !function->is_static;
        if (method && b->position == 0) {
                if (function->is_class_method)
                        return (struct value){.kind = V_CLASS, .scope = function->parent, .node = NO_NODE};
                return (struct value){.kind = V_OBJECT, .scope = function->parent, .node = NO_NODE};
        }
        struct value typed = unknown("");
        if (b->type != NO_NODE)
                typed = ev_type(c, function->parent, b->type);
        if (typed.kind == V_OBJECT)
                return typed;
        struct value bot = hands_bot(function, b, &typed) ? ev_only_bot(c) : unknown("");
        if (bot.kind == V_OBJECT)
                return bot;
        struct value v = from_callers(c, function, b);
        if (typed.kind == V_INSTANCE) {
                typed.pool = v.kind == V_INSTANCE ? v.pool : NULL;
                typed.ambiguous = v.ambiguous;
                if (v.kind == V_UNKNOWN && b->value != NO_NODE && str_ends(typed.text, "Session"))
                        v = ev(c, function->parent, b->value); /* Depends(get_session) */
                if (v.kind == V_INSTANCE && !strcmp(v.text, typed.text) && v.node != NO_NODE) {
                        typed.node = v.node;
                        typed.call_scope = v.call_scope;
                }
                return typed;
        }
        if (v.kind != V_UNKNOWN || ev_option(c, function, b, &v))
                return v;
        if (b->value != NO_NODE) {
                v = ev(c, function->parent, b->value);
                v.ambiguous = true;
                if (v.kind != V_UNKNOWN && v.kind != V_NONE)
                        return via(s, arena_printf(s->scratch, "default of %s()", function->name), v);
        }
        return unknown(arena_printf(s->scratch, "parameter '%s' of %s, whose callers are not known", b->name, function->qualname));
}

/* What `with` gives: for what we know, the manager's own result; for our generators, what they yield. */
static struct value entered(struct ctx *c, struct value v)
{
        if (v.kind == V_OBJECT) {
                static const char *const enter[] = {"__aenter__", "__enter__"};
                for (int i = 0; i < 2; i++) {
                        struct value m = ev_attribute(c, v, intern(c->python->source, enter[i], strlen(enter[i])));
                        if (m.kind != V_FUNCTION)
                                continue;
                        struct value r = ev_returns(c, m.scope, NULL);
                        return r.kind == V_UNKNOWN ? v : r;
                }
        }
        return v;
}

static struct value of_binding(struct ctx *c, struct scope *owner, struct binding *b)
{
        struct source *src = owner->file->source;
        struct scope *where = b->scope && b->kind != B_DEF && b->kind != B_CLASS ? b->scope : owner;
        struct value v;
        switch (b->kind) {
        case B_ASSIGN:
                if (b->value == NO_NODE)
                        return b->type != NO_NODE ? ev_type(c, where, b->type) : unknown("declared only");
                v = ev(c, where, b->value);
                if (b->item >= 0)
                        v = v.kind == V_LIST ? ev_index(c, v, b->item) : unknown("an unpacked value");
                if ((v.kind == V_UNKNOWN || v.kind == V_NONE) && b->type != NO_NODE) {
                        struct value typed = ev_type(c, where, b->type);
                        if (typed.kind != V_UNKNOWN)
                                return typed;
                }
                if (v.kind <= V_TEXT && v.decider == BY_LITERAL && v.kind != V_UNKNOWN)
                        v.decider = owner->kind == SCOPE_MODULE || owner->kind == SCOPE_CLASS ? BY_CONSTANT : BY_LITERAL;
                return via(src, b->name, v);
        case B_WITH:
                return entered(c, ev(c, where, b->value));
        case B_IMPORT:
        case B_FROM:
                return of_import(c, owner->file, b);
        case B_DEF:
                depends_on_node(b->scope->file, b->scope->node);
                return (struct value){.kind = V_FUNCTION, .scope = b->scope, .node = NO_NODE};
        case B_CLASS:
                depends_on_node(b->scope->file, b->scope->node);
                return (struct value){.kind = V_CLASS, .scope = b->scope, .node = NO_NODE};
        case B_PARAM:
                return of_parameter(c, owner, b);
        case B_FOR:
                return orm_element(c, where, b->value, b->item);
        case B_OTHER:
                break;
        }
        return unknown(arena_printf(src->scratch, "'%s' changes at %s", b->name, place(owner->file, b->at)));
}

static bool is_none(const struct scope *s, const struct binding *b)
{
        return b->kind == B_ASSIGN && (b->value == NO_NODE || s->file->nodes[b->value].kind == PY_none);
}

/* The binding that holds at a byte of this scope (UINT32_MAX: from outside, after all of it ran). */
static struct binding *pick(const struct scope *s, const char *name, uint32_t at, bool *ambiguous)
{
        struct binding *best = NULL;
        int assignments = 0;
        for (size_t i = 0; i < s->bindings.len; i++) {
                struct binding *b = &s->bindings.items[i];
                if (b->name != name || (b->kind == B_OTHER && b->item == -2))
                        continue;
                if (best && b->at >= at)
                        break;
                if (b->value != NO_NODE && (b->kind == B_ASSIGN || b->kind == B_FOR) && s->file->nodes[b->value].start <= at && at < s->file->nodes[b->value].end)
                        continue; /* x = x or 5: the x on the right is an earlier one */
                assignments += b->kind == B_ASSIGN || b->kind == B_OTHER;
                if (!best || !is_none(s, b) || is_none(s, best))
                        best = b;
        }
        if (!best)
                return NULL;
        const struct node *block = &s->file->nodes[best->block];
        bool certain = best->block == s->body || best->block == 0 || best->kind == B_PARAM || (block->start <= at && at < block->end);
        *ambiguous = assignments > 1 && !certain;
        return best;
}

struct value ev_name(struct ctx *c, struct scope *s, const char *name, uint32_t at)
{
        bool start = true;
        for (struct scope *o = s; o; o = o->parent, start = false) {
                bool ambiguous = false;
                if (o->kind == SCOPE_CLASS && !start)
                        continue;
                if (o->kind == SCOPE_MODULE)
                        depends_on_name_in(o->file, name);
                struct binding *b = pick(o, name, start ? at : UINT32_MAX, &ambiguous);
                if (!b && o->kind == SCOPE_MODULE && o->stars.len) {
                        struct value v = from_module(c, o->file, name);
                        if (v.kind != V_UNKNOWN && !(v.kind == V_EXTERN && o->stars.len > 1))
                                return v;
                }
                if (!b)
                        continue;
                struct value v = of_binding(c, o, b);
                v.ambiguous |= ambiguous;
                return v;
        }
        if (!strcmp(name, "__file__"))
                return (struct value){.kind = V_TEXT, .text = s->file->path, .node = NO_NODE, .decider = BY_COMPUTED};
        struct value v = extern_named(arena_printf(s->file->source->scratch, "builtins.%s", name), s->file);
        v.number = 1;
        return v;
}

/* ── Types in annotations ──────────────────────────────────────────────────────────────────────────────────────────── */

static struct value as_instance(struct value v)
{
        if (v.kind == V_CLASS)
                return (struct value){.kind = V_OBJECT, .scope = v.scope, .node = NO_NODE, .ambiguous = v.ambiguous};
        const char *name = value_extern(&v);
        if (!name || str_starts(name, "builtins.") || str_starts(name, "typing."))
                return unknown("a plain type");
        return instance_of(name);
}

/* Annotated[AsyncSession, Depends(get_session)]: what it says, with the call that chose the options of the session. */
struct value ev_annotated(struct ctx *c, struct scope *s, uint32_t type)
{
        struct value v = ev_type(c, s, type);
        uint32_t next = v.kind == V_INSTANCE && v.node == NO_NODE && str_ends(v.text, "Session") ? node_next(s->file, type) : NO_NODE;
        while (next != NO_NODE && s->file->nodes[next].kind == PY_type)
                next = node_first(s->file, next);
        struct value given = next != NO_NODE && s->file->nodes[next].kind == PY_call ? ev(c, s, next) : unknown("");
        if (given.kind == V_INSTANCE && !strcmp(given.text, v.text)) {
                v.node = given.node;
                v.call_scope = given.call_scope;
        }
        return v;
}

struct value ev_type(struct ctx *c, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        while (f->nodes[n].kind == PY_type && node_first(f, n) != NO_NODE)
                n = node_first(f, n);
        uint32_t base = n, arg = NO_NODE;
        if (f->nodes[n].kind == PY_string) {
                struct value text = ev_string(c, s, n);
                return as_instance(ev_name(c, s, intern(f->source, text.text, strlen(text.text)), UINT32_MAX));
        }
        if (f->nodes[n].kind == PY_generic_type) {
                base = node_first(f, n);
                uint32_t params = base == NO_NODE ? NO_NODE : node_next(f, base);
                arg = params == NO_NODE ? NO_NODE : node_first(f, params);
        } else if (f->nodes[n].kind == PY_subscript) {
                base = node_field(f, n, F_value);
                arg = node_field(f, n, F_subscript);
        }
        if (base == NO_NODE)
                return unknown("a type");
        struct value v = ev(c, s, base);
        const char *name = value_extern(&v);
        if (arg != NO_NODE && name && str_ends(name, ".Annotated"))
                return ev_annotated(c, s, arg);
        if (arg != NO_NODE && name && (str_ends(name, ".Optional") || str_ends(name, ".Final") || str_ends(name, ".ClassVar")))
                return ev_type(c, s, arg);
        if (v.kind == V_LIST || v.kind == V_OBJECT || v.kind == V_INSTANCE) /* an alias that is already an instance: SessionDep */
                return v;
        return as_instance(v);
}
