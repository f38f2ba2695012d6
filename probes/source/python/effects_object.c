/*
 * What a function does by way of others that only its caller knows: methods that the class of the object overrides (execute() of a base
 * class calls self._run() of whoever derives from it), the implementations of an abstract method, functions that are passed to it.
 */
#include "probes/source/python/orm.h"

#include <string.h>

enum { IMPLEMENTATIONS_MAX = 6, DISPATCH_DEPTH_MAX = 2 };

/* Of several implementations only what all of them do counts: one may keep its rows in memory. */
static int effects_of_implementations(struct scope *fn, int depth)
{
        struct scope *each[IMPLEMENTATIONS_MAX];
        int n = eval_implementations(fn, each, IMPLEMENTATIONS_MAX), e = n > 1 ? ~0 : 0;
        for (int i = 0; n > 1 && i < n; i++)
                e &= function_effects(each[i], depth + 1);
        return e;
}

static bool is_self_call(const struct scope *fn, uint32_t call, uint32_t *ret_name)
{
        const struct file *f = fn->file;
        uint32_t function = node_field(f, call, F_function);
        if (function == NO_NODE || f->nodes[function].kind != PY_attribute || !fn->bindings.len)
                return false;
        uint32_t object = node_field(f, function, F_object);
        *ret_name = node_field(f, function, F_attribute);
        return object != NO_NODE && *ret_name != NO_NODE && f->nodes[object].kind == PY_identifier && text_is(f, object, fn->bindings.items[0].name);
}

static const struct scope *own_method(const struct scope *class, const char *name)
{
        for (size_t i = class->bindings.len; i-- > 0;)
                if (class->bindings.items[i].name == name && class->bindings.items[i].kind == B_DEF)
                        return class->bindings.items[i].scope;
        return NULL;
}

/* What the methods do that `class` puts in place of those that fn calls on itself. */
static int effects_of_overrides(struct scope *fn, struct scope *class, int depth)
{
        struct file *f = fn->file;
        int e = 0;
        for (uint32_t n = fn->body; n < f->nodes[fn->body].after; n++) {
                uint32_t name;
                if (f->nodes[n].kind != PY_call || !is_self_call(fn, n, &name))
                        continue;
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                const char *method = intern(f->source, f->bytes + f->nodes[name].start, f->nodes[name].end - f->nodes[name].start);
                struct value v = eval_attribute((struct value){.kind = V_OBJECT, .scope = class, .node = NO_NODE}, method);
                if (v.kind != V_FUNCTION || v.scope == fn)
                        continue;
                if (v.scope != own_method(fn->parent, method))
                        e |= function_effects(v.scope, depth + 1);
                else if (depth < DISPATCH_DEPTH_MAX && v.scope->body != NO_NODE)
                        e |= effects_of_overrides(v.scope, class, depth + 1);
        }
        return e;
}

int effects_of_object(struct scope *fn, struct scope *class, int depth)
{
        if (!fn->parent || fn->parent->kind != SCOPE_CLASS || fn->body == NO_NODE || depth > DISPATCH_DEPTH_MAX)
                return 0;
        if (class && class->kind == SCOPE_CLASS && class != fn->parent && !fn->is_static)
                return effects_of_overrides(fn, class, depth);
        return fn->is_static ? 0 : effects_of_implementations(fn, depth);
}

bool hands_on_callable(const struct scope *fn, uint32_t call)
{
        const struct file *f = fn->file;
        uint32_t arg = call_argument(f, call, NULL, 0);
        for (size_t i = 0; arg != NO_NODE && f->nodes[arg].kind == PY_identifier && i < fn->bindings.len; i++) {
                const struct binding *b = &fn->bindings.items[i];
                if (b->kind == B_PARAM && b->type != NO_NODE && text_is(f, arg, b->name))
                        return strstr(node_text(f, b->type), "Callable[");
        }
        return false;
}

/* Functions that are passed to one that calls its parameters count as called. */
int effects_of_arguments(struct scope *caller, uint32_t call, int depth)
{
        struct file *f = caller->file;
        uint32_t list = node_field(f, call, F_arguments);
        int e = 0;
        if (list == NO_NODE)
                return 0;
        EACH_CHILD(f, list, c)
        {
                uint32_t n = f->nodes[c].kind == PY_keyword_argument ? node_field(f, c, F_value) : c;
                if (n == NO_NODE || (f->nodes[n].kind != PY_identifier && f->nodes[n].kind != PY_attribute))
                        continue;
                struct value v = eval(caller, n);
                if (v.kind == V_FUNCTION)
                        e |= function_effects(v.scope, depth);
        }
        return e;
}

bool passes_loaded_row(struct scope *caller, uint32_t call)
{
        struct file *f = caller->file;
        uint32_t list = node_field(f, call, F_arguments);
        if (list == NO_NODE)
                return false;
        EACH_CHILD(f, list, n)
        {
                struct value v = f->nodes[n].kind == PY_identifier ? eval(caller, n) : value_unknown(f->source, "");
                if (v.kind == V_OBJECT && orm_has_loader(v.steps))
                        return true;
        }
        return false;
}

struct pool *pool_of_arguments(struct scope *caller, uint32_t call)
{
        struct file *f = caller->file;
        uint32_t list = node_field(f, call, F_arguments);
        if (list == NO_NODE)
                return NULL;
        EACH_CHILD(f, list, n)
        {
                struct value v = f->nodes[n].kind == PY_identifier || f->nodes[n].kind == PY_attribute ? eval(caller, n) : value_unknown(f->source, "");
                if (v.kind == V_FUNCTION && v.scope->acquired)
                        return v.scope->acquired;
        }
        return NULL;
}
