/*
 * Indexes that models declare: for a column, in Meta, in __table_args__. A foreign key has one by itself in Django and peewee, not in
 * SQLAlchemy nor Tortoise.
 */
#include "probes/source/python/orm_model.h"

#include <string.h>

static const struct binding *own(const struct scope *class, const char *name)
{
        for (size_t i = class->bindings.len; i-- > 0;)
                if (!strcmp(class->bindings.items[i].name, name))
                        return &class->bindings.items[i];
        return NULL;
}

static const char *column_name(const struct orm_model *m, const char *attribute)
{
        const struct orm_column *c = orm_column(m, attribute);
        return c ? c->name : attribute;
}

/* A field's name as text, Model.column, or an expression as it stands; "-created" is created. */
static const char *part(const struct orm_model *m, struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        struct value v = eval(s, n);
        if (v.kind == V_TEXT && !v.holes)
                return column_name(m, v.text + (*v.text == '-'));
        if (f->nodes[n].kind == PY_attribute)
                return column_name(m, node_text(f, node_field(f, n, F_attribute)));
        return f->nodes[n].kind == PY_identifier ? column_name(m, node_text(f, n)) : file_snippet(f->source->scratch, f, f->nodes[n].start, f->nodes[n].end, 120);
}

enum { PARTS_MAX = 16 };

static void add(struct orm_model *m, struct scope *s, uint32_t at, const char *name, const char *const *columns, size_t n, bool unique)
{
        struct arena *a = s->file->source->arena;
        if (!n)
                return;
        *vec_push(a, &m->indexes) = (struct orm_index){.name = arena_strdup(a, name), .columns = json_names(a, columns, n), .unique = unique, .file = s->file, .node = at};
}

/* ("a", "b") or ["a", "b"] */
static void add_tuple(struct orm_model *m, struct scope *s, uint32_t list, const char *name, bool unique)
{
        const char *columns[PARTS_MAX];
        size_t n = 0;
        EACH_CHILD(s->file, list, c)
                if (n < PARTS_MAX)
                        columns[n++] = part(m, s, c);
        add(m, s, list, name, columns, n, unique);
}

static bool is_list(const struct file *f, uint32_t n)
{
        return f->nodes[n].kind == PY_tuple || f->nodes[n].kind == PY_list || f->nodes[n].kind == PY_set;
}

static const char *text(struct scope *s, uint32_t call, const char *keyword, int position)
{
        uint32_t arg = call_argument(s->file, call, keyword, position);
        struct value v = arg == NO_NODE ? unknown("") : eval(s, arg);
        return v.kind == V_TEXT && !v.holes ? v.text : NULL;
}

static const char *snippet(struct scope *s, uint32_t call, const char *keyword)
{
        struct file *f = s->file;
        uint32_t arg = call_argument(f, call, keyword, -1);
        return arg == NO_NODE ? NULL : file_snippet(f->source->arena, f, f->nodes[arg].start, f->nodes[arg].end, 120);
}

static void add_details(struct orm_model *m, struct scope *s, uint32_t call, const char *method)
{
        struct orm_index *i = &m->indexes.items[m->indexes.len - 1];
        const char *using = text(s, call, "postgresql_using", -1), *where = snippet(s, call, "postgresql_where"), *ops = snippet(s, call, "postgresql_ops");
        i->method = using ? arena_strdup(s->file->source->arena, using) : method;
        i->predicate = where ? where : snippet(s, call, "condition");
        i->opclass = ops ? ops : snippet(s, call, "opclasses");
}

/* Index("name", "a", "b"), UniqueConstraint("a", "b", name=...) */
static void add_sqlalchemy(struct orm_model *m, struct scope *s, uint32_t call)
{
        struct file *f = s->file;
        const char *columns[PARTS_MAX], *function = node_text(f, node_field(f, call, F_function));
        bool index = str_ends(function, "Index"), constraint = str_ends(function, "UniqueConstraint") || str_ends(function, "PrimaryKeyConstraint");
        size_t n = 0, before = m->indexes.len;
        if (!index && !constraint)
                return;
        for (int i = index; i < PARTS_MAX && n < PARTS_MAX; i++) {
                uint32_t arg = call_argument(f, call, NULL, i);
                if (arg == NO_NODE)
                        break;
                columns[n++] = part(m, s, arg);
        }
        struct value unique = eval_keyword(s, call, "unique", -1);
        add(m, s, call, index ? text(s, call, "name", 0) : text(s, call, "name", -1), columns, n, constraint || (unique.kind == V_BOOL && unique.number != 0));
        if (m->indexes.len > before)
                add_details(m, s, call, NULL);
}

/* models.Index(fields=["a"]), GinIndex(...), UniqueConstraint(fields=[...]) */
static void add_django(struct orm_model *m, struct scope *s, uint32_t call)
{
        static const struct {
                const char *class, *method;
        } methods[] = {{"GinIndex", "gin"}, {"GistIndex", "gist"}, {"BrinIndex", "brin"}, {"HashIndex", "hash"}, {"BTreeIndex", "btree"}, {"SpGistIndex", "spgist"}};
        struct file *f = s->file;
        const char *function = node_text(f, node_field(f, call, F_function)), *method = NULL;
        uint32_t fields = call_argument(f, call, "fields", -1);
        size_t before = m->indexes.len;
        bool unique = str_ends(function, "UniqueConstraint");
        if (!unique && !str_ends(function, "Index"))
                return;
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
                if (str_ends(function, methods[i].class))
                        method = methods[i].method;
        if (fields != NO_NODE && is_list(f, fields)) {
                add_tuple(m, s, fields, text(s, call, "name", -1), unique);
        } else {
                uint32_t expression = call_argument(f, call, NULL, 0);
                const char *column = expression == NO_NODE ? NULL : part(m, s, expression);
                add(m, s, call, text(s, call, "name", -1), &column, column != NULL, unique);
        }
        if (m->indexes.len > before)
                add_details(m, s, call, method);
}

/* Each element of a list: a call, or a tuple of names; peewee's is (names, unique). */
static void add_list(struct orm_model *m, struct scope *s, uint32_t list, bool unique)
{
        struct file *f = s->file;
        uint32_t first = node_first(f, list);
        if (first != NO_NODE && f->nodes[first].kind == PY_string) { /* unique_together = ("a", "b") */
                add_tuple(m, s, list, NULL, unique);
                return;
        }
        EACH_CHILD(f, list, c)
        {
                uint32_t names = is_list(f, c) ? node_first(f, c) : NO_NODE;
                if (f->nodes[c].kind == PY_call && !strcmp(m->orm, "tortoise"))
                        add_django(m, s, c);
                else if (f->nodes[c].kind == PY_call)
                        str_starts(m->orm, "sql") ? add_sqlalchemy(m, s, c) : add_django(m, s, c);
                else if (names != NO_NODE && is_list(f, names))
                        add_tuple(m, s, names, NULL, node_next(f, names) != NO_NODE && f->nodes[node_next(f, names)].kind == PY_true);
                else if (names != NO_NODE)
                        add_tuple(m, s, c, NULL, unique);
        }
}

static void add_named(struct orm_model *m, struct scope *s, const char *name, bool unique)
{
        const struct binding *b = s ? own(s, name) : NULL;
        uint32_t value = b && b->kind == B_ASSIGN ? b->value : NO_NODE;
        if (value != NO_NODE && is_list(s->file, value))
                add_list(m, s, value, unique);
}

void orm_indexes_add(struct orm_model *m, struct scope *class)
{
        const struct binding *meta = own(class, "Meta");
        struct scope *inner = meta && meta->kind == B_CLASS ? meta->scope : NULL;
        add_named(m, class, "__table_args__", false);
        add_named(m, inner, "indexes", false);
        add_named(m, inner, "index_together", false);
        add_named(m, inner, "unique_together", true);
        add_named(m, inner, "constraints", false);
}

void orm_indexes_of_columns(struct orm_model *m)
{
        struct arena *a = m->class->file->source->arena;
        for (size_t i = 0; i < m->columns.len; i++) {
                const struct orm_column *c = &m->columns.items[i];
                if (c->primary_key || c->unique || c->indexed)
                        *vec_push(a, &m->indexes) = (struct orm_index){.columns = json_names(a, &c->name, 1), .unique = c->primary_key || c->unique,
                                                                       .name = c->primary_key && m->table ? arena_printf(a, "%s_pkey", m->table) : NULL,
                                                                       .file = c->file, .node = c->node};
        }
}
