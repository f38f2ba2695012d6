/*
 * From a chain of calls to what it fetches. The steps come newest first and are read from the oldest; conditions are read by
 * orm_clause.c. What is not understood makes the shape partial: nothing is said of it.
 */
#include "probes/source/python/orm_shape.h"
#include "base/str.h"

#include <string.h>

/* ── Entities ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_aggregate(const struct file *f, uint32_t n)
{
        static const char *const functions[] = {"func.count", "func.sum", "func.max", "func.min", "func.avg", "fn.COUNT", "fn.SUM"};
        const char *text = node_text(f, n);
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
                if (strstr(text, functions[i]))
                        return true;
        return str_starts(text, "exists(");
}

/* select(User, func.count()): a class gives objects, columns do not. */
static void entities(struct orm_shape *h, const struct query_step *q)
{
        struct file *f = q->scope->file;
        int aggregates = 0, others = 0;
        h->objects = false;
        EACH_CHILD(f, node_field(f, q->call, F_arguments), c)
        {
                uint8_t kind = f->nodes[c].kind;
                const struct orm_model *m = kind == PY_identifier || kind == PY_attribute ? orm_model_at(q->scope, c) : NULL;
                if (m) {
                        orm_note_table(&h->reader, m);
                        h->reader.model = h->reader.model ? h->reader.model : m;
                        h->objects = true;
                        others++;
                } else if (is_aggregate(f, c)) {
                        aggregates++;
                } else {
                        h->partial = true;
                        others++;
                }
        }
        h->limited |= aggregates && !others;
}

/* ── Steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void conditions(struct orm_shape *h, const struct query_step *q)
{
        struct file *f = q->scope->file;
        h->reader.scope = q->scope;
        EACH_CHILD(f, node_field(f, q->call, F_arguments), c)
                orm_condition(&h->reader, c, false, !strcmp(q->method, "exclude"));
}

static void slice(struct orm_shape *h, const struct query_step *q)
{
        struct file *f = q->scope->file;
        uint32_t key = node_field(f, q->call, F_subscript);
        const char *text = key == NO_NODE ? "" : node_text(f, key), *colon = strchr(text, ':');
        h->limited |= colon && colon[1] && colon[1] != ':';
}

static bool limits(const char *method)
{
        return ANY_OF(method, "limit", "fetch", "paginate", "slice", "first", "afirst", "last", "alast", "get", "aget", "get_or_none", "get_one", "latest", "earliest", "exists",
                      "aexists", "count", "acount", "aggregate", "scalar", "one", "one_or_none", "first_or_404", "get_or_404", "one_or_404", "get_object_or_404", "none", "in_bulk",
                      "iterator", "yield_per", "stream", "stream_scalars");
}

static void apply(struct orm_shape *h, const struct query_step *q)
{
        const struct file *f = q->scope->file;
        uint32_t list = f->nodes[q->call].kind == PY_call ? node_field(f, q->call, F_arguments) : NO_NODE;
        if (!strcmp(q->method, "[]"))
                slice(h, q);
        h->limited |= limits(q->method);
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        bool keywords = h->reader.model && !str_starts(h->reader.model->orm, "sql");
        if (ANY_OF(q->method, "insert", "update", "delete"))
                h->clauses.kind = q->method;
        if (ANY_OF(q->method, "select", "query") && !keywords)
                entities(h, q);
        else if (ANY_OF(q->method, "filter", "where", "exclude", "filter_by", "orwhere", "get", "aget", "get_or_none"))
                conditions(h, q);
        else if (ANY_OF(q->method, "join", "outerjoin", "join_from", "with_entities", "with_only_columns", "union", "union_all", "select_from", "values", "values_list", "group_by"))
                h->partial = true;
}

/* Compared for equality with a value that is a key. */
static bool asks_for_one(const struct orm_shape *h)
{
        for (size_t i = 0; h->reader.model && i < h->clauses.filters.len; i++) {
                const struct sql_filter *f = &h->clauses.filters.items[i];
                if (strcmp(f->op, "=") || f->in_or || f->negated)
                        continue;
                for (size_t k = 0; k < h->reader.model->columns.len; k++) {
                        const struct orm_column *c = &h->reader.model->columns.items[k];
                        if ((c->primary_key || c->unique) && !strcmp(c->name, f->column))
                                return true;
                }
        }
        return false;
}

bool orm_shape_read(const struct query_step *steps, struct scope *model, struct orm_shape *h)
{
        const struct query_step *all[SHAPE_STEPS_MAX];
        size_t n = 0;
        *h = (struct orm_shape){.clauses = {.kind = "select", .offset_at = -1, .statements = 1}, .objects = true};
        for (const struct query_step *q = steps; q && n < SHAPE_STEPS_MAX; q = q->before) {
                if (q->scope)
                        all[n++] = q;
                else
                        h->partial = true; /* rows of one parent */
        }
        if (!n && !model)
                return false;
        struct scope *scope = n ? all[0]->scope : model;
        h->first = n ? all[n - 1] : NULL;
        h->reader = (struct orm_reader){.scope = scope, .arena = scope->file->source->scratch, .out = &h->clauses, .model = model ? orm_model_of(model) : NULL};
        if (h->reader.model && h->reader.model->table)
                orm_note_table(&h->reader, h->reader.model);
        while (n-- > 0)
                apply(h, all[n]);
        for (size_t i = 0; i < h->clauses.filters.len; i++)
                h->partial |= !h->clauses.filters.items[i].table;
        h->limited |= asks_for_one(h);
        return h->reader.tables.len > 0;
}
