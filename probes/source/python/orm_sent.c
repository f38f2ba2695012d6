/*
 * The statements that a call site sends through an ORM: one row for each, with the site, so that what was captured of it is told where it is
 * sent. Its place is the chain of calls that builds it. What cannot be followed to a model gives no row.
 */
#include "probes/source/python/orm_sent.h"
#include "probes/source/python/orm_build.h"
#include "base/str.h"

#include <string.h>

struct sent {
        struct scope *scope;
        uint32_t node;          /* what is sent: where it stands */
        int64_t site;
        const char *method;     /* of the call that sends it, "" */
        double confidence;
};

/* ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *shape_of(struct orm_build *b, const char *tables)
{
        struct arena *a = b->reader.arena;
        return b->exact ? sqlclause_shape(a, b->out.kind, tables, sqlclause_filters_json(a, &b->out), sqlclause_orders_json(a, &b->out), b->out.extras) : NULL;
}

/* Conditions that a function of another file states are told of there; here only that there are some. */
static void leave_out_foreign(struct orm_build *b, const struct scope *s)
{
        for (size_t i = 0; i < b->out.filters.len; i++) {
                struct sql_filter *f = &b->out.filters.items[i];
                if (f->file && f->file != s->file)
                        *f = (struct sql_filter){.column = SQL_HOLE, .op = "hole", .at = -1};
        }
}

static void keep(const struct sent *x, struct orm_build *b)
{
        struct source *src = x->scope->file->source;
        struct file *f = x->scope->file;
        if (!b->reader.tables.len)
                return;
        struct statement st = {.file = f, .scope = x->scope, .origin = "orm", .start = f->nodes[x->node].start, .end = f->nodes[x->node].end, .site = x->site};
        struct sqltext *t = &st.text;
        t->kind = b->out.kind;
        t->confidence = b->exact ? x->confidence : x->confidence / 2;
        t->limited = b->out.limited ? 1 : -1;
        t->has_offset = -1; /* orm_statement.c */
        t->tables = json_names(src->arena, b->reader.tables.items, b->reader.tables.len);
        t->shape = arena_strdup(src->arena, shape_of(b, t->tables));
        leave_out_foreign(b, x->scope);
        t->filters = arena_strdup(src->arena, sqlclause_filters_json(b->reader.arena, &b->out));
        t->orders = arena_strdup(src->arena, sqlclause_orders_json(b->reader.arena, &b->out));
        t->projection = arena_strdup(src->arena, b->out.projection);
        t->extras = arena_strdup(src->arena, b->out.extras);
        t->unshaped = !b->exact;
        *vec_push(src->arena, &src->python->statements) = st;
}

static void keep_loads(const struct sent *x, const struct orm_build *b)
{
        for (size_t i = 0; i < b->loads.len; i++) {
                struct orm_build *load;
                if (orm_load_build(x->scope, &b->loads.items[i], &load))
                        keep(x, load);
        }
}

static struct orm_build *single(const struct sent *x, const struct orm_model *m, const char *kind)
{
        struct orm_build *b = orm_build_new(x->scope, m);
        b->out.kind = kind;
        b->some = b->changed_order = true;
        return b;
}

static void insert(const struct sent *x, const struct orm_model *m)
{
        struct orm_build *b = single(x, m, "insert");
        b->rows = str_starts(m->orm, "sql") ? "*" : strstr(x->method, "bulk") || strstr(x->method, "many") ? "m" : NULL;
        orm_build_end(b);
        keep(x, b);
}

/* Of one row, by its key. */
static void by_key(const struct sent *x, const struct orm_model *m, const char *kind)
{
        struct orm_build *b = single(x, m, kind);
        b->some = strcmp(kind, "select") != 0;
        b->limited = !b->some && !str_starts(m->orm, "sql");
        orm_build_key(b, "=");
        orm_build_end(b);
        keep(x, b);
}

/* The outermost call of the chain in which one stands. */
static uint32_t whole(const struct file *f, uint32_t n)
{
        for (;;) {
                uint32_t p = f->nodes[n].parent, above = f->nodes[p].parent;
                if (f->nodes[p].kind == PY_parenthesized_expression && f->nodes[above].kind == PY_attribute && f->nodes[p].field == F_object)
                        n = p;
                else if (f->nodes[p].kind == PY_attribute && f->nodes[n].field == F_object && f->nodes[above].kind == PY_call && f->nodes[p].field == F_function)
                        n = above;
                else if (f->nodes[p].kind == PY_subscript && f->nodes[n].field != F_subscript)
                        n = p;
                else
                        return n;
        }
}

static void set_place(struct sent *x, const struct query_step *steps)
{
        for (const struct query_step *q = steps; q; q = q->before)
                if (q->scope && !ANY_OF(q->method, "execute", "scalars", "scalar", "stream", "stream_scalars", "exec")) {
                        x->scope = q->scope;
                        x->node = whole(q->scope->file, q->call);
                        return;
                }
}

static bool query(struct sent x, const struct query_step *steps, struct scope *model)
{
        const struct orm_model *m = model ? orm_model_of(model) : NULL;
        struct orm_build *b = orm_build_new(x.scope, m);
        orm_build_steps(b, steps);
        if (!b->reader.tables.len)
                return false;
        bool django = b->reader.model && !strcmp(b->reader.model->orm, "django"), deletes = !strcmp(b->out.kind, "delete");
        set_place(&x, steps);
        orm_build_end(b);
        keep(&x, b);
        keep_loads(&x, b);
        if (django && deletes)
                by_key(&x, b->reader.model, "delete"); /* those that were looked for first */
        if (strstr(x.method, "get_or_create") || strstr(x.method, "update_or_create"))
                insert(&x, b->reader.model);
        if (strstr(x.method, "update_or_create"))
                by_key(&x, b->reader.model, "update");
        return true;
}

/* ── Calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct orm_model *model_of(struct scope *class)
{
        const struct orm_model *m = class ? orm_model_of(class) : NULL;
        return m && m->table ? m : NULL;
}

/* session.add(User(...)), add_all([User(...)]), delete(user) */
static void by_object(const struct sent *x, struct scope *s, uint32_t argument)
{
        struct file *f = s->file;
        if (argument != NO_NODE && f->nodes[argument].kind == PY_list)
                argument = node_first(f, argument);
        struct value v = argument == NO_NODE ? unknown("") : eval(s, argument);
        const struct orm_model *m = v.kind == V_OBJECT ? model_of(v.scope) : NULL;
        if (!m || v.ambiguous)
                return;
        if (!strcmp(x->method, "delete"))
                by_key(x, m, "delete");
        else if (!strcmp(x->method, "refresh"))
                by_key(x, m, "select");
        else if (!v.steps)
                insert(x, m);
}

static void by_session(struct sent *x, struct scope *s, uint32_t call)
{
        uint32_t first = call_argument(s->file, call, NULL, 0);
        if (first == NO_NODE)
                first = call_argument(s->file, call, "statement", -1);
        struct value v = first == NO_NODE ? unknown("") : eval(s, first);
        if (ANY_OF(x->method, "add", "add_all", "delete", "refresh")) {
                by_object(x, s, first);
        } else if (ANY_OF(x->method, "get", "get_one", "get_or_404")) {
                if (v.kind == V_CLASS && model_of(v.scope))
                        by_key(x, model_of(v.scope), "select");
        } else if (ANY_OF(x->method, "bulk_insert_mappings", "bulk_save_objects")) {
                if (v.kind == V_CLASS && model_of(v.scope))
                        insert(x, model_of(v.scope));
        } else if (v.kind == V_INSTANCE && !v.ambiguous && orm_is_query(v.text)) {
                query(*x, v.steps, v.model);
        }
}

static void save(const struct sent *x, const struct value *object)
{
        const struct orm_model *m = model_of(object->scope);
        if (!m)
                return;
        struct sent unsure = *x;
        unsure.confidence /= 2;
        if (ANY_OF(x->method, "delete", "adelete", "delete_instance"))
                by_key(x, m, "delete");
        else if (ANY_OF(x->method, "refresh_from_db", "arefresh_from_db"))
                by_key(x, m, "select");
        else if (ANY_OF(x->method, "save", "asave") && (object->steps || object->node == NO_NODE))
                by_key(&unsure, m, "update");
        else if (ANY_OF(x->method, "save", "asave"))
                insert(x, m);
}

static void by_model(const struct sent *x, struct scope *s, uint32_t call, const struct value *object, struct scope *class)
{
        const struct orm_model *m = model_of(class);
        struct query_step own = {.before = object->kind == V_INSTANCE ? object->steps : NULL, .scope = s, .call = call, .method = x->method};
        if (ANY_OF(x->method, "create", "acreate", "bulk_create", "abulk_create", "insert_many")) {
                if (m)
                        insert(x, m);
        } else if (ANY_OF(x->method, "get_by_id", "delete_by_id", "set_by_id") || (m && str_starts(m->orm, "sql") && !strcmp(x->method, "get"))) {
                if (m)
                        by_key(x, m, *x->method == 'g' ? "select" : *x->method == 'd' ? "delete" : "update");
        } else if (strcmp(x->method, "bulk_update") && strcmp(x->method, "abulk_update")) {
                query(*x, &own, class);
        }
}

void orm_statements_sent(struct scope *s, uint32_t n, int64_t site)
{
        struct file *f = s->file;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(f->source->scratch);
        uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE;
        struct sent x = {.scope = s, .node = n, .site = site, .method = "", .confidence = 0.6};
        if (function == NO_NODE || f->nodes[function].kind != PY_attribute)
                return;
        uint32_t at = node_field(f, function, F_object);
        struct value object = eval(s, at);
        x.method = arena_strdup(f->source->scratch, node_text(f, node_field(f, function, F_attribute)));
        bool named = object.kind == V_INSTANCE || (object.kind == V_EXTERN && object.number);
        if (object.ambiguous)
                return;
        if (named && (str_ends(object.text, "ession") || str_ends(object.text, "SQLAlchemy") || str_ends(object.text, "onnection")))
                by_session(&x, s, n);
        else if (object.kind == V_OBJECT)
                save(&x, &object);
        else if (object.kind == V_CLASS && orm_model_of(object.scope))
                by_model(&x, s, n, &object, object.scope);
        else if (named && (object.model || object.steps) && !ANY_OF(object.text, "sqlalchemy.Result", "sqlalchemy.ScalarResult", "orm.Rows", "orm.Tuples"))
                by_model(&x, s, n, &object, object.model);
}

bool orm_statement_used(struct scope *s, uint32_t n, int64_t site)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->file->source->scratch);
        struct value v = eval(s, n);
        return v.kind == V_INSTANCE && !v.ambiguous && orm_is_query(v.text) &&
               query((struct sent){.scope = s, .node = n, .site = site, .method = "", .confidence = 0.6}, v.steps, v.model);
}

void orm_statement_loaded(struct scope *s, uint32_t n, const struct orm_access *access, int64_t site)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->file->source->scratch);
        struct orm_load load = {.owner = access->owner, .relation = access->relation};
        struct orm_build *b;
        if (load.relation && orm_load_build(s, &load, &b))
                keep(&(struct sent){.scope = s, .node = n, .site = site, .method = "", .confidence = 0.6}, b);
}

void orm_statement_written(struct scope *s, uint32_t at, const struct orm_model *m, const char *const *columns, size_t n)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->file->source->scratch);
        struct sent x = {.scope = s, .node = at, .method = "", .confidence = 0.3};
        struct orm_build *b = single(&x, m, "update");
        for (size_t i = 0; i < n; i++)
                *vec_push(b->reader.arena, &b->columns) = columns[i];
        orm_build_key(b, "=");
        orm_build_end(b);
        keep(&x, b);
}
