/*
 * Attributes of rows that load something when they are read: declared relationships that the query did not load with its rows. What the
 * other model declares (backref, related_name) is not seen from here: such a name is listed, and the rule joins it.
 */
#include "probes/source/python/orm_model.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ── What the query loaded ─────────────────────────────────────────────────────────────────────────────────────────── */

static const char *find_word(const char *text, const char *word)
{
        size_t n = strlen(word);
        for (const char *p = text; (p = strstr(p, word)); p += n)
                if ((p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_')) && !(isalnum((unsigned char)p[n]) || (p[n] == '_' && p[n + 1] != '_')))
                        return p;
        return NULL;
}

/* Loaders that are computed elsewhere may load anything. */
static bool has_unknown_loader(const struct file *f, uint32_t call)
{
        uint32_t list = node_field(f, call, F_arguments);
        if (list == NO_NODE || node_first(f, list) == NO_NODE)
                return true; /* select_related() follows all */
        EACH_CHILD(f, list, c)
                if (f->nodes[c].kind != PY_call && f->nodes[c].kind != PY_string)
                        return true;
        return false;
}

static const char *step_text(const struct query_step *q)
{
        struct file *f = q->scope->file;
        uint32_t list = f->nodes[q->call].kind == PY_call ? node_field(f, q->call, F_arguments) : NO_NODE;
        return list == NO_NODE ? "" : file_snippet(f->source->scratch, f, f->nodes[list].start, f->nodes[list].end, 2000);
}

static bool is_loader(const char *method)
{
        return ANY_OF(method, "options", "select_related", "prefetch_related", "fetch_related", "with_eager", "prefetch");
}

/* author_id == 5, author=user: all rows have the same one. */
static bool pins(const char *text, const char *attribute)
{
        for (int i = 0; i < 2; i++) {
                char name[160];
                if (snprintf(name, sizeof name, "%s%s", attribute, i ? "_id" : "") >= (int)sizeof name)
                        return false;
                const char *at = find_word(text, name);
                for (at = at ? at + strlen(name) : NULL; at && *at == ' ';)
                        at++;
                if (at && *at == '=')
                        return true;
        }
        return false;
}

bool orm_loads(const struct query_step *steps, const char *attribute)
{
        for (const struct query_step *q = steps; q; q = q->before) {
                if (is_loader(q->method) && (has_unknown_loader(q->scope->file, q->call) || find_word(step_text(q), attribute)))
                        return true;
                if (ANY_OF(q->method, "filter", "filter_by", "where", "get") && pins(step_text(q), attribute))
                        return true;
        }
        return false;
}

bool orm_has_loader(const struct query_step *steps)
{
        for (const struct query_step *q = steps; q; q = q->before)
                if (is_loader(q->method))
                        return true;
        return false;
}

bool orm_is_related(const struct query_step *steps)
{
        for (const struct query_step *q = steps; q; q = q->before)
                if (!q->scope)
                        return true;
        return false;
}

static bool is_awaited(const struct query_step *steps)
{
        for (const struct query_step *q = steps; q; q = q->before)
                if (q->scope && q->scope->file->nodes[q->scope->file->nodes[q->call].parent].kind == PY_await)
                        return true;
        return false;
}

/* ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The rows of one parent: a condition that stands nowhere. */
static const struct query_step related = {.method = "related"};

/* Its text or that of a base says the name, or the ORM may make it up: only then is the class looked at as a model. */
static bool may_relate(struct scope *class, const char *name, int depth)
{
        const struct file *f = class->file;
        const struct node *n = &f->nodes[class->node];
        uint32_t bases = class_bases(class);
        if (memmem(f->bytes + n->start, n->end - n->start, name, strlen(name)) || str_ends(name, "_set") || str_ends(name, "s"))
                return true;
        if (bases == NO_NODE || depth > 6)
                return depth > 6;
        EACH_CHILD(f, bases, b)
        {
                struct value v = f->nodes[b].kind == PY_keyword_argument ? unknown("") : eval(class->parent, b);
                if (v.kind == V_CLASS && v.scope != class && may_relate(v.scope, name, depth + 1))
                        return true;
        }
        return false;
}

/* Django's feature.element_set: the rows of the class Element, told by its name in the module of the model. */
static struct scope *reverse_class(const struct orm_model *m, const char *name)
{
        size_t len = strlen(name);
        if (strcmp(m->orm, "django") || len < 5 || !str_ends(name, "_set") || !m->class->parent)
                return NULL;
        const struct scope *module = m->class->parent;
        for (size_t i = 0; i < module->bindings.len; i++) {
                const struct binding *b = &module->bindings.items[i];
                if (b->kind == B_CLASS && strlen(b->name) == len - 4 && !strncasecmp(b->name, name, len - 4))
                        return b->scope;
        }
        return NULL;
}

struct value orm_related(struct value object, const char *name, struct value v)
{
        if (v.kind == V_FUNCTION || (v.kind != V_UNKNOWN && v.kind != V_INSTANCE))
                return v;
        if (v.kind == V_UNKNOWN && !may_relate(object.scope, name, 0))
                return v;
        const struct orm_model *m = orm_model_of(object.scope);
        const struct orm_relation *r = m ? orm_relation(m, name) : NULL;
        if (v.kind == V_INSTANCE && m && !v.steps && !strcmp(v.text, "django.Manager"))
                v.steps = &related;
        struct scope *reverse = !r && m && v.kind == V_UNKNOWN ? reverse_class(m, name) : NULL;
        if (reverse && !orm_loads(object.steps, name)) {
                struct value many = instance_of("django.Manager");
                many.model = reverse;
                many.steps = &related;
                return many;
        }
        if (!r || !r->class)
                return v;
        if (r->collection == 0)
                return (struct value){.kind = V_OBJECT, .scope = r->class, .steps = object.steps, .node = NO_NODE};
        if (r->collection < 0 || (!str_starts(m->orm, "sql") && orm_loads(object.steps, name)))
                return unknown("a relationship");
        struct value many = instance_of(!strcmp(m->orm, "django") ? "django.Manager" : !strcmp(m->orm, "tortoise") ? "tortoise.QuerySet" : !strcmp(r->lazy, "dynamic") ? "sqlalchemy.Query" : "orm.Rows");
        many.model = r->class;
        many.steps = !strcmp(many.text, "orm.Rows") ? object.steps : &related;
        return many;
}

/* ── Accesses ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

bool orm_loop_variable(struct scope *s, uint32_t left, uint32_t right, struct orm_variable *ret)
{
        struct file *f = s->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        if (left == NO_NODE || right == NO_NODE)
                return false;
        int item = -1, i = 0;
        uint32_t name = left;
        if (f->nodes[left].kind == PY_pattern_list || f->nodes[left].kind == PY_tuple_pattern)
                EACH_CHILD(f, left, c)
                        if (i++ == 1) {
                                name = c;
                                item = 1;
                        }
        if (f->nodes[name].kind != PY_identifier)
                return false;
        struct value v = orm_loop_value(s, right, item);
        if (v.kind != V_OBJECT || !orm_model_of(v.scope))
                return false;
        *ret = (struct orm_variable){.name = intern(f->source, f->bytes + f->nodes[name].start, f->nodes[name].end - f->nodes[name].start), .model = v.scope};
        ret->steps = value_keep(f->source, v).steps;
        return true;
}

static bool is_written(const struct file *f, uint32_t n)
{
        uint32_t parent = f->nodes[n].parent;
        return (f->nodes[parent].kind == PY_assignment || f->nodes[parent].kind == PY_augmented_assignment) && f->nodes[n].field == F_left;
}

static bool is_called(const struct file *f, uint32_t n)
{
        return f->nodes[f->nodes[n].parent].kind == PY_call && f->nodes[n].field == F_function;
}

/* The name that follows: row.name.follower, "" when none does. */
static const char *follower(const struct file *f, uint32_t n)
{
        uint32_t parent = f->nodes[n].parent;
        return f->nodes[parent].kind == PY_attribute && f->nodes[n].field == F_object ? node_text(f, node_field(f, parent, F_attribute)) : "";
}

static bool is_lazy_here(const struct orm_model *m, const struct orm_relation *r, const struct file *f, uint32_t n)
{
        if (str_starts(m->orm, "sql"))
                return ANY_OF(r->lazy, "select", "True");
        if (!strcmp(m->orm, "tortoise"))
                return f->nodes[f->nodes[n].parent].kind == PY_await;
        return r->collection == 0;
}

/* A column, a method, a property, an attribute that some method sets; or a base that is not seen whole. */
static bool is_declared(struct scope *class, const char *name, int depth)
{
        struct file *f = class->file;
        for (size_t i = 0; i < class->bindings.len; i++)
                if (class->bindings.items[i].name == name)
                        return true;
        for (size_t i = 0; i < class->attributes.len; i++)
                if (class->attributes.items[i].name == name)
                        return true;
        uint32_t bases = node_field(f, class->node, F_superclasses);
        if (bases == NO_NODE || depth > 8)
                return false;
        EACH_CHILD(f, bases, b)
        {
                struct value v = f->nodes[b].kind == PY_keyword_argument ? unknown("") : eval(class->parent, b);
                if (v.kind == V_CLASS && v.scope != class && is_declared(v.scope, name, depth + 1))
                        return true;
        }
        return !strcmp(name, "id") || !strcmp(name, "pk");
}

bool orm_lazy_access(struct scope *s, const struct orm_variable *variables, uint32_t n, struct orm_access *ret)
{
        struct file *f = s->file;
        uint32_t object = node_field(f, n, F_object), attribute = node_field(f, n, F_attribute);
        if (object == NO_NODE || attribute == NO_NODE || f->nodes[object].kind != PY_identifier || is_written(f, n) || is_called(f, n))
                return false;
        const struct orm_variable *v = variables;
        while (v && !text_is(f, object, v->name))
                v = v->outer;
        if (!v)
                return false;
        const char *name = intern(f->source, f->bytes + f->nodes[attribute].start, f->nodes[attribute].end - f->nodes[attribute].start);
        const struct orm_model *m = orm_model_of(v->model);
        const struct orm_relation *r = orm_relation(m, name);
        if (r ? !is_lazy_here(m, r, f, n) : is_declared(v->model, name, 0))
                return false;
        const char *next = follower(f, n);
        if (!r && !strcmp(m->orm, "django") && !ANY_OF(next, "all", "filter", "exclude", "count", "exists", "first", "last", "values", "values_list", "order_by", "get"))
                return false;
        if ((!r && !strcmp(m->orm, "tortoise")) || (r && ANY_OF(next, "id", "pk") && !str_starts(m->orm, "sql")) || orm_loads(v->steps, name))
                return false;
        *ret = (struct orm_access){.model = m->name, .class = m->class->name, .attribute = name, .variable = v->name, .known = r != NULL, .owner = m, .relation = r, .async = is_awaited(v->steps)};
        return true;
}
