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

/* ── Only their number is asked for ────────────────────────────────────────────────────────────────────────────────── */

static uint32_t inside(const struct file *f, uint32_t n)
{
        while (n != NO_NODE && (f->nodes[n].kind == PY_parenthesized_expression || f->nodes[n].kind == PY_await))
                n = node_first(f, n);
        return n;
}

/* len(q.all()), len(await q): rows that nothing else gets to see. */
static bool is_length(struct scope *s, uint32_t call, struct orm_rows *ret)
{
        struct file *f = s->file;
        uint32_t n = inside(f, call_argument(f, call, NULL, 0));
        struct value v = n != NO_NODE && f->nodes[n].kind == PY_call ? eval(s, n) : value_unknown(f->source, "");
        struct orm_shape h;
        if (v.kind != V_INSTANCE || v.ambiguous || (!v.steps && !v.model) || !(orm_is_query(v.text) || !strcmp(v.text, "orm.Rows")))
                return false;
        if (!orm_shape_read(v.steps, v.model, &h) || h.partial || h.limited || !h.objects || h.reader.tables.len != 1 || strcmp(h.clauses.kind, "select"))
                return false;
        ret->table = h.reader.tables.items[0];
        return true;
}

static bool compares_with_nothing(const struct file *f, uint32_t n)
{
        static const char *const tails[] = {">0", ">=1", "!=0", "==0", "<1"};
        uint32_t parent = f->nodes[n].parent;
        char text[8] = "";
        size_t len = 0;
        if (f->nodes[parent].kind != PY_comparison_operator || node_first(f, parent) != n)
                return false;
        for (uint32_t i = f->nodes[n].end; i < f->nodes[parent].end && len < sizeof text - 1; i++)
                if (f->bytes[i] != ' ')
                        text[len++] = f->bytes[i];
        for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
                if (!strcmp(text, tails[i]))
                        return true;
        return false;
}

/* q.count() > 0, if q.count(): exists() stops at the first row. */
static bool is_existence(struct scope *s, uint32_t call, uint32_t object)
{
        struct file *f = s->file;
        uint32_t n = call, parent = f->nodes[n].parent;
        while (f->nodes[parent].kind == PY_await || f->nodes[parent].kind == PY_parenthesized_expression) {
                n = parent;
                parent = f->nodes[n].parent;
        }
        bool condition = f->nodes[parent].kind == PY_not_operator || (f->nodes[parent].kind == PY_if_statement && f->nodes[n].field == F_condition);
        if (!condition && !compares_with_nothing(f, n))
                return false;
        struct value v = eval(s, object);
        return v.kind == V_INSTANCE && !v.ambiguous && orm_is_query(v.text);
}

const char *orm_only_counted(struct scope *s, uint32_t call, struct orm_rows *ret)
{
        struct file *f = s->file;
        uint32_t function = node_field(f, call, F_function);
        *ret = (struct orm_rows){.node = call};
        if (function == NO_NODE)
                return NULL;
        if (f->nodes[function].kind == PY_identifier)
                return text_is(f, function, "len") && is_length(s, call, ret) ? "length" : NULL;
        uint32_t name = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_attribute) : NO_NODE;
        bool counts = name != NO_NODE && (text_is(f, name, "count") || text_is(f, name, "acount"));
        return counts && is_existence(s, call, node_field(f, function, F_object)) ? "existence" : NULL;
}
