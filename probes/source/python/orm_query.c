/*
 * Queries as values. The types stand in orm.def; a query carries the class that its rows are of, and its chain of calls as a list
 * that shares its tail, so that `stmt = stmt.where(...)` costs one step. Nothing is said of rows that are no objects (select(User.id)).
 */
#include "probes/source/python/orm.h"
#include "base/str.h"

#include <string.h>

/* Not sent yet: iterating sends it. */
static bool is_lazy(const char *type)
{
        return ANY_OF(type, "django.QuerySet", "django.ValuesQuerySet", "sqlalchemy.Query", "peewee.Select", "peewee.ValuesSelect");
}

static bool is_lazy_until_awaited(const char *type)
{
        return ANY_OF(type, "tortoise.QuerySet", "tortoise.ValuesQuerySet");
}

bool orm_is_rows(const char *type)
{
        return is_lazy(type) || is_lazy_until_awaited(type) || ANY_OF(type, "orm.Rows", "orm.Tuples", "sqlalchemy.Result", "sqlalchemy.ScalarResult");
}

bool orm_is_query(const char *type)
{
        return orm_is_rows(type) || ANY_OF(type, "django.Manager", "sqlalchemy.Select", "sqlalchemy.Pagination", "peewee.Change", "peewee.Batch");
}

static bool has_object_rows(const char *type)
{
        return ANY_OF(type, "django.QuerySet", "sqlalchemy.Query", "peewee.Select", "tortoise.QuerySet", "orm.Rows", "sqlalchemy.ScalarResult");
}

/* ── What calls give ───────────────────────────────────────────────────────────────────────────────────────────────── */

static struct value object_of(struct scope *model, const struct query_step *steps)
{
        return model ? (struct value){.kind = V_OBJECT, .scope = model, .steps = steps, .node = NO_NODE} : unknown("a row of a query");
}

static const struct query_step *step(struct scope *s, uint32_t call, const char *method, const struct query_step *before)
{
        struct query_step *q = arena_new_of(s->file->source->scratch, struct query_step);
        *q = (struct query_step){.before = before, .scope = s, .call = call, .method = method};
        return q;
}

static struct value argument(struct ctx *c, struct scope *s, uint32_t call, const char *name)
{
        uint32_t arg = call_argument(s->file, call, name, 0);
        return arg == NO_NODE ? unknown("") : ev(c, s, arg);
}

/* select(User), query(User): rows are objects when there is one entity, and it is a class. */
static struct scope *entity(struct ctx *c, struct scope *s, uint32_t call)
{
        if (call_argument(s->file, call, NULL, 1) != NO_NODE)
                return NULL;
        struct value v = argument(c, s, call, NULL);
        return v.kind == V_CLASS ? v.scope : NULL;
}

static const char *method_of(const char *name)
{
        const char *dot = strrchr(name, '.');
        return dot ? dot + 1 : name;
}

struct value orm_result(struct ctx *c, struct scope *s, uint32_t call, const struct value *callee, const struct library_call *lib, struct value v)
{
        const char *method = method_of(callee->text);
        bool starts = ANY_OF(method, "select", "query", "insert", "update", "delete") && !callee->steps && !callee->model;
        if (!strcmp(lib->result, "*0")) {
                struct value class = argument(c, s, call, NULL);
                return object_of(class.kind == V_CLASS ? class.scope : class.model, step(s, call, method, NULL));
        }
        v.model = callee->model;
        v.steps = callee->steps;
        if (starts && orm_is_query(lib->result)) {
                v.model = entity(c, s, call);
        } else if (lib->what && !strcmp(lib->what, "execute") && !v.model && !v.steps) { /* session.execute(stmt) */
                struct value statement = argument(c, s, call, "statement");
                if (statement.ambiguous) /* one of those that callers pass */
                        statement = unknown("one of several statements");
                v.model = statement.kind == V_INSTANCE ? statement.model : NULL;
                v.steps = step(s, call, method, statement.kind == V_INSTANCE ? statement.steps : NULL);
        }
        if (ANY_OF(method, "with_entities", "add_columns", "add_entity", "with_only_columns"))
                v.model = NULL;
        if (*lib->result == '*')
                return object_of(v.model, step(s, call, method, v.steps));
        if (orm_is_query(lib->result) && strcmp(lib->result, "sqlalchemy.Result") && strcmp(lib->result, "sqlalchemy.ScalarResult"))
                v.steps = step(s, call, method, v.steps);
        return v;
}

struct value orm_slice(struct scope *scope, uint32_t subscript, struct value query)
{
        query.steps = step(scope, subscript, "[]", query.steps);
        return query;
}

struct value orm_attribute(const char *full, struct pool *pool)
{
        const struct library_call *lib = library_call(full);
        if (!lib || !lib->what || strcmp(lib->what, "attribute"))
                return unknown("");
        struct value v = instance_of(lib->result);
        v.pool = pool;
        return v;
}

struct value orm_member(struct value v, const char *name)
{
        if (v.kind != V_EXTERN || !v.number || !library_has_method(name))
                return v;
        struct value attribute = orm_attribute(v.text, v.pool);
        if (attribute.kind == V_UNKNOWN)
                return v;
        attribute.model = v.model;
        attribute.steps = v.steps;
        return attribute;
}

/* Some base is not in the tree, and no known class of another library. */
static bool has_unseen_base(struct ctx *c, struct scope *class, int depth)
{
        struct file *f = class->file;
        uint32_t bases = node_field(f, class->node, F_superclasses);
        if (bases == NO_NODE || depth > 6)
                return false;
        EACH_CHILD(f, bases, b)
        {
                struct value v = f->nodes[b].kind == PY_keyword_argument ? unknown("") : ev(c, class->parent, b);
                const char *name = value_extern(&v);
                if (name ? !v.number && !str_starts(name, "mongoengine") : v.kind == V_CLASS && v.scope != class && has_unseen_base(c, v.scope, depth + 1))
                        return true;
        }
        return false;
}

struct value orm_of_class(struct ctx *c, struct scope *class, const char *name, struct value v)
{
        if (v.kind == V_UNKNOWN && !strcmp(name, "objects") && has_unseen_base(c, class, 0))
                v = instance_of("django.Manager");
        v = orm_member(v, name);
        if ((v.kind == V_EXTERN && v.number) || v.kind == V_OBJECT || (v.kind == V_INSTANCE && orm_is_query(v.text)))
                v.model = v.model ? v.model : class;
        return v;
}

/* ── Elements ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *called_name(const struct file *f, uint32_t n)
{
        uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
        return function != NO_NODE && f->nodes[function].kind == PY_identifier ? node_text(f, function) : "";
}

struct value orm_element_of(struct value v)
{
        return v.kind == V_INSTANCE && v.model && has_object_rows(v.text) ? object_of(v.model, v.steps) : unknown("a loop variable");
}

struct value orm_element(struct ctx *c, struct scope *s, uint32_t iterable, int item)
{
        if (item == 1 && !strcmp(called_name(s->file, iterable), "enumerate"))
                return orm_element(c, s, call_argument(s->file, iterable, NULL, 0), -1);
        if (item >= 0 || iterable == NO_NODE)
                return unknown("a loop variable");
        struct value v = ev(c, s, iterable);
        if (v.kind == V_OBJECT && s->file->nodes[iterable].kind == PY_call) { /* our generator: a call of it is what it yields */
                struct value callee = ev(c, s, node_field(s->file, iterable, F_function));
                if (callee.kind == V_FUNCTION && callee.scope->is_generator)
                        return v;
        }
        return orm_element_of(v);
}

struct value orm_loop_value(struct scope *s, uint32_t iterable, int item)
{
        struct file *f = s->file;
        if (item == 1 && !strcmp(called_name(f, iterable), "enumerate")) {
                iterable = call_argument(f, iterable, NULL, 0);
                item = -1;
        }
        return item >= 0 || iterable == NO_NODE ? unknown("a loop variable") : orm_element_of(eval(s, iterable));
}

/* ── Using up ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

uint32_t orm_consumed_argument(const struct file *f, uint32_t call)
{
        static const char *const builtins[] = {"list", "len", "tuple", "set", "sorted", "sum", "min", "max", "any", "all", "dict", "bool", "next", "frozenset"};
        const char *name = called_name(f, call);
        uint32_t first = *name && str_any_of(name, builtins, sizeof builtins / sizeof *builtins) ? call_argument(f, call, NULL, 0) : NO_NODE;
        uint8_t kind = first == NO_NODE ? PY_other : f->nodes[first].kind;
        return kind == PY_call || kind == PY_identifier || kind == PY_subscript || kind == PY_attribute ? first : NO_NODE;
}

bool orm_sends(struct scope *s, uint32_t n, bool awaited, struct call_class *ret)
{
        struct file *f = s->file;
        while ((f->nodes[n].kind == PY_parenthesized_expression || f->nodes[n].kind == PY_await) && node_first(f, n) != NO_NODE)
                n = node_first(f, n);
        uint8_t kind = f->nodes[n].kind;
        if (kind != PY_call && kind != PY_identifier && kind != PY_subscript && kind != PY_attribute)
                return false;
        if (kind == PY_call && (!strcmp(called_name(f, n), "enumerate") || !strcmp(called_name(f, n), "reversed"))) {
                uint32_t inner = call_argument(f, n, NULL, 0);
                return inner != NO_NODE && orm_sends(s, inner, awaited, ret);
        }
        struct value v = eval(s, n);
        if (v.kind != V_INSTANCE || !(is_lazy(v.text) || (awaited && is_lazy_until_awaited(v.text))))
                return false;
        *ret = (struct call_class){.what = "execute", .callee = v.text, .receiver_type = v.text, .note = "iterated", .pool = v.pool,
                                   .blocking = !is_lazy_until_awaited(v.text)};
        ret->receiver = file_snippet(f->source->scratch, f, f->nodes[n].start, f->nodes[n].end, 80);
        return true;
}
