/*
 * Where a program fetches whatever a table holds: all rows of a query, as objects, without a limit or a condition with a value of the
 * moment. A helper that is given its statement says nothing; its callers do.
 */
#include "probes/source/python/orm_shape.h"

#include <string.h>

static bool read_shape(struct scope *s, uint32_t at, const struct query_step *steps, struct scope *model, struct orm_rows *ret)
{
        struct orm_shape h;
        if (!orm_shape_read(steps, model, &h) || h.partial || h.limited || !h.objects || h.reader.tables.len != 1 || strcmp(h.clauses.kind, "select"))
                return false;
        for (size_t i = 0; i < h.clauses.filters.len; i++)
                if (!h.clauses.filters.items[i].constant)
                        return false;
        bool here = h.first && h.first->scope == s;
        *ret = (struct orm_rows){.table = h.reader.tables.items[0], .node = here ? h.first->call : at, .constant = h.clauses.filters.len > 0};
        return true;
}

static bool is_parameter(const struct scope *s, uint32_t n)
{
        for (size_t i = 0; n != NO_NODE && s->file->nodes[n].kind == PY_identifier && i < s->bindings.len; i++)
                if (s->bindings.items[i].kind == B_PARAM && text_is(s->file, n, s->bindings.items[i].name))
                        return true;
        return false;
}

bool orm_all_rows_of_value(struct scope *s, uint32_t n, struct orm_rows *ret)
{
        struct value v = eval(s, n);
        if (v.kind != V_INSTANCE || v.ambiguous || !orm_is_query(v.text) || str_ends(v.text, ".ValuesQuerySet") || str_ends(v.text, ".ValuesSelect"))
                return false;
        return read_shape(s, n, v.steps, v.model, ret);
}

bool orm_all_rows_of_call(struct scope *s, uint32_t call, struct orm_rows *ret)
{
        struct file *f = s->file;
        uint32_t function = node_field(f, call, F_function), object = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        if (object == NO_NODE || is_parameter(s, call_argument(f, call, "statement", 0)))
                return false;
        const char *method = node_text(f, node_field(f, function, F_attribute));
        if (strcmp(method, "all") && strcmp(method, "fetchall"))
                return false;
        struct value receiver = eval(s, object), v = eval(s, call);
        if (v.kind != V_INSTANCE || v.ambiguous || receiver.ambiguous || strcmp(v.text, "orm.Rows") || (!v.steps && !v.model))
                return false;
        return read_shape(s, call, v.steps, v.model, ret);
}
