/*
 * What a response model reads of each row that a handler returns: response_model=list[UserOut], where UserOut has a field that is a
 * relationship of the rows, which their query did not load. Pydantic reads it (from_attributes), once for each row.
 */
#include "probes/source/python/orm_model.h"
#include "probes/source/python/sites_pass.h"

#include <string.h>

/* The class in list[UserOut] of a decorator's response_model. */
static struct scope *listed_model(struct scope *fn)
{
        struct file *f = fn->file;
        if (fn->decorators == NO_NODE)
                return NULL;
        EACH_CHILD(f, fn->decorators, d)
        {
                uint32_t call = f->nodes[d].kind == PY_decorator ? node_first(f, d) : NO_NODE;
                uint32_t type = call != NO_NODE && f->nodes[call].kind == PY_call ? call_argument(f, call, "response_model", -1) : NO_NODE;
                if (type == NO_NODE || f->nodes[type].kind != PY_subscript)
                        continue;
                const char *of = node_text(f, node_field(f, type, F_value));
                if (!str_ends(of, "List") && !str_ends(of, "list") && !str_ends(of, "Sequence"))
                        continue;
                struct value v = eval(fn->parent, node_field(f, type, F_subscript));
                if (v.kind == V_CLASS)
                        return v.scope;
        }
        return NULL;
}

static void read_fields(struct at *at, uint32_t returned, struct scope *schema, const struct value *rows, int depth)
{
        const struct orm_model *m = orm_model_of(rows->model);
        for (size_t i = 0; m && i < schema->bindings.len; i++) {
                const struct binding *b = &schema->bindings.items[i];
                const struct orm_relation *r = b->kind == B_ASSIGN && b->type != NO_NODE ? orm_relation(m, b->name) : NULL;
                if (!r || !str_starts(m->orm, "sql") || (strcmp(r->lazy, "select") && strcmp(r->lazy, "True")) || orm_loads(rows->steps, b->name))
                        continue;
                struct site *x = site_add(at, "attribute", "lazy", returned);
                x->callee = b->name;
                x->receiver = schema->name;
                x->receiver_type = m->name;
                x->args = m->class->name;
                x->note = at->is_async ? "async" : NULL;
                x->used = true;
                site_keep(at->scope->file->source, x);
                site_mark_used(at->scope->file->source, at->loop);
        }
        uint32_t bases = node_field(schema->file, schema->node, F_superclasses), first = bases == NO_NODE ? NO_NODE : node_first(schema->file, bases);
        struct value v = first == NO_NODE || depth > 4 || schema->file->nodes[first].kind == PY_keyword_argument ? value_unknown(schema->file->source, "") : eval(schema->parent, first);
        if (v.kind == V_CLASS && v.scope != schema)
                read_fields(at, returned, v.scope, rows, depth + 1);
}

void response_visit(struct at *at)
{
        struct scope *fn = at->scope, *schema = fn->kind == SCOPE_FUNCTION ? listed_model(fn) : NULL;
        for (size_t i = 0; schema && i < fn->returns.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(fn->file->source->scratch);
                struct value v = eval(fn, fn->returns.items[i]);
                if (v.kind != V_INSTANCE || v.ambiguous || strcmp(v.text, "orm.Rows") || !v.model || !v.steps)
                        continue;
                struct at inner = *at;
                inner.loop = site_add(at, "loop", "for_rows", fn->returns.items[i])->id;
                inner.loop_node = fn->returns.items[i];
                read_fields(&inner, fn->returns.items[i], schema, &v, 0);
        }
}
