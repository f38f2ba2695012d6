/*
 * UPDATE of attributes that were set: item.n = 5, sent by the commit or flush that comes later in the function. Which of them the statement
 * names is decided at run time, so that confidence is low.
 */
#include "probes/source/python/orm_build.h"
#include "probes/source/python/orm_sent.h"

#include <string.h>

enum { OBJECTS_MAX = 16, COLUMNS_MAX = 32 };

struct object {
        const char *name;
        const struct orm_model *model;
        uint32_t first; /* node of the first assignment */
        const char *columns[COLUMNS_MAX];
        size_t n;
};

/* The object whose attribute is set; NULL: none that a query found. */
static const struct orm_model *set_on(struct scope *s, uint32_t left)
{
        struct file *f = s->file;
        uint32_t object = f->nodes[left].kind == PY_attribute ? node_field(f, left, F_object) : NO_NODE;
        if (object == NO_NODE || f->nodes[object].kind != PY_identifier)
                return NULL;
        struct value v = eval(s, object);
        const struct orm_model *m = v.kind == V_OBJECT && !v.ambiguous && v.node == NO_NODE ? orm_model_of(v.scope) : NULL;
        return m && m->table && str_starts(m->orm, "sql") ? m : NULL;
}

static void note(struct object *objects, size_t *count, struct scope *s, uint32_t assignment)
{
        struct file *f = s->file;
        uint32_t left = node_field(f, assignment, F_left);
        const struct orm_model *m = left == NO_NODE ? NULL : set_on(s, left);
        const struct orm_column *c = m ? orm_column(m, node_text(f, node_field(f, left, F_attribute))) : NULL;
        if (!c)
                return;
        uint32_t object = node_field(f, left, F_object);
        const char *name = intern(f->source, f->bytes + f->nodes[object].start, f->nodes[object].end - f->nodes[object].start);
        size_t i = 0;
        while (i < *count && objects[i].name != name)
                i++;
        if (i == OBJECTS_MAX)
                return;
        if (i == *count)
                objects[(*count)++] = (struct object){.name = name, .model = m, .first = assignment};
        if (objects[i].n < COLUMNS_MAX)
                objects[i].columns[objects[i].n++] = c->name;
}

static void read_function(struct scope *s)
{
        struct file *f = s->file;
        struct object objects[OBJECTS_MAX];
        size_t count = 0;
        for (uint32_t n = s->node + 1; n < f->nodes[s->node].after; n++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
                if (f->nodes[n].kind == PY_assignment)
                        note(objects, &count, s, n);
        }
        for (size_t i = 0; i < count; i++)
                orm_statement_written(s, objects[i].first, objects[i].model, objects[i].columns, objects[i].n);
}

void orm_dirty_find(struct file *f)
{
        static const char *const names[] = {"commit", "flush"};
        const struct scope *done[64];
        size_t n = 0;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                EACH_CALL_IN(f, names[i], call) {
                        size_t k = 0;
                        while (k < n && done[k] != call->scope)
                                k++;
                        if (k < n || n == sizeof done / sizeof *done || call->scope->kind != SCOPE_FUNCTION)
                                continue;
                        done[n++] = call->scope;
                        read_function(call->scope);
                }
}
