/*
 * Steps are read from the oldest. One that is not known makes the statement inexact and is passed over: its tables and conditions are
 * still worth having.
 */
#include "probes/source/python/orm_build.h"
#include "base/str.h"

#include <string.h>

enum { STEPS_MAX = 64 };

static struct file *file_of(const struct orm_build *b)
{
        return b->reader.scope->file;
}

static bool is_sqlalchemy(const struct orm_build *b)
{
        return !b->reader.model || str_starts(b->reader.model->orm, "sql");
}

static bool is_orm(const struct orm_build *b, const char *orm)
{
        return b->reader.model && !strcmp(b->reader.model->orm, orm);
}

struct orm_build *orm_build_new(struct scope *s, const struct orm_model *m)
{
        struct arena *a = s->file->source->scratch;
        struct orm_build *b = arena_new_of(a, struct orm_build);
        *b = (struct orm_build){.out = {.kind = "select", .offset_at = -1, .statements = 1}, .exact = true};
        b->reader = (struct orm_reader){.scope = s, .arena = a, .out = &b->out, .model = m && m->table ? m : NULL};
        if (b->reader.model)
                orm_note_table(&b->reader, m);
        return b;
}

/* ── Columns ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_column(struct orm_build *b, const struct orm_model *m, const struct orm_column *c)
{
        *vec_push(b->reader.arena, &b->columns) = arena_printf(b->reader.arena, "%s.%s", m->table, c->name);
}

void orm_build_all_columns(struct orm_build *b, const struct orm_model *m)
{
        for (size_t i = 0; i < m->columns.len; i++)
                add_column(b, m, &m->columns.items[i]);
}

/* User.name, models.User.name */
static const struct orm_column *column_at(struct orm_build *b, uint32_t n, const struct orm_model **ret_model)
{
        struct file *f = file_of(b);
        *ret_model = f->nodes[n].kind == PY_attribute ? orm_model_at(b->reader.scope, node_field(f, n, F_object)) : NULL;
        return *ret_model ? orm_column(*ret_model, node_text(f, node_field(f, n, F_attribute))) : NULL;
}

static bool is_count(const struct file *f, uint32_t n)
{
        const char *text = f->nodes[n].kind == PY_call ? node_text(f, n) : "";
        return str_starts(text, "func.count(") || str_starts(text, "sa.func.count(") || str_starts(text, "fn.COUNT(") || str_starts(text, "db.func.count(");
}

/* What select() and query() are given. */
static void entity(struct orm_build *b, uint32_t n)
{
        struct file *f = file_of(b);
        const struct orm_model *m = f->nodes[n].kind == PY_identifier || f->nodes[n].kind == PY_attribute ? orm_model_at(b->reader.scope, n) : NULL;
        b->some = true;
        if (m) {
                b->reader.model = b->reader.model ? b->reader.model : m;
                orm_note_table(&b->reader, m);
                orm_build_all_columns(b, m);
                return;
        }
        if (is_count(f, n)) {
                uint32_t inner = call_argument(f, n, NULL, 0);
                m = inner != NO_NODE ? orm_model_at(b->reader.scope, f->nodes[inner].kind == PY_attribute ? node_field(f, inner, F_object) : inner) : NULL;
                if (m)
                        orm_note_table(&b->reader, m);
                *vec_push(b->reader.arena, &b->columns) = "count";
                return;
        }
        const struct orm_column *c = column_at(b, n, &m);
        if (m)
                orm_note_table(&b->reader, m);
        if (c) {
                b->reader.model = b->reader.model ? b->reader.model : m;
                add_column(b, m, c);
        } else {
                b->exact = false;
        }
}

/* values("name"), only("name"): names of fields; of others (author__name, expressions) nothing is known. */
static void named(struct orm_build *b, uint32_t n)
{
        struct value v = eval(b->reader.scope, n);
        const struct orm_column *c = b->reader.model && v.kind == V_TEXT && !v.holes ? orm_column(b->reader.model, v.text) : NULL;
        if (c)
                add_column(b, b->reader.model, c);
        else
                b->exact = false;
}

/* values(name=x): what is written. */
static void written(struct orm_build *b, uint32_t n)
{
        struct file *f = file_of(b);
        const struct orm_column *c = NULL;
        if (f->nodes[n].kind == PY_keyword_argument && b->reader.model)
                c = orm_column(b->reader.model, node_text(f, node_field(f, n, F_name)));
        if (f->nodes[n].kind == PY_keyword_argument && !c)
                return; /* user_id, synchronize_session */
        if (c)
                *vec_push(b->reader.arena, &b->columns) = c->name;
}

/* ── Steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

typedef void read_argument(struct orm_build *b, uint32_t n);

static void each(struct orm_build *b, uint32_t list, read_argument *read)
{
        struct file *f = file_of(b);
        if (list == NO_NODE || f->nodes[list].kind != PY_argument_list)
                return;
        EACH_CHILD(f, list, c)
                read(b, c);
}

static void condition(struct orm_build *b, uint32_t n)
{
        orm_condition(&b->reader, n, false, false);
}

static void excluded(struct orm_build *b, uint32_t n)
{
        orm_condition(&b->reader, n, false, true);
}

static void order(struct orm_build *b, uint32_t n)
{
        size_t before = b->out.orders.len;
        orm_order(&b->reader, n);
        b->exact &= b->out.orders.len > before;
}

static void keyword(struct orm_build *b, uint32_t n)
{
        if (file_of(b)->nodes[n].kind == PY_keyword_argument && !text_is(file_of(b), node_field(file_of(b), n, F_name), "defaults"))
                condition(b, n);
}

/* join(Order), join(User.orders), join(Order, Order.user_id == User.id) */
static void joined(struct orm_build *b, uint32_t n)
{
        struct file *f = file_of(b);
        const struct orm_model *m = orm_model_at(b->reader.scope, n);
        if (!m && f->nodes[n].kind == PY_attribute) {
                const struct orm_model *owner = orm_model_at(b->reader.scope, node_field(f, n, F_object));
                const struct orm_relation *r = owner ? orm_relation(owner, node_text(f, node_field(f, n, F_attribute))) : NULL;
                m = r && r->class ? orm_model_of(r->class) : NULL;
        }
        if (m && m->table)
                orm_note_table(&b->reader, m);
        else if (f->nodes[n].kind == PY_comparison_operator)
                condition(b, n);
        else
                b->exact = false;
}

void orm_build_key(struct orm_build *b, const char *op)
{
        const struct orm_model *m = b->reader.model;
        int keys = 0;
        for (size_t i = 0; m && i < m->columns.len; i++)
                if (m->columns.items[i].primary_key) {
                        *vec_push(b->reader.arena, &b->out.filters) = (struct sql_filter){.table = m->table, .column = m->columns.items[i].name, .op = op, .at = -1};
                        keys++;
                }
        b->exact &= keys > 0;
}

static void reverse(struct orm_build *b)
{
        for (size_t i = 0; i < b->out.orders.len; i++)
                b->out.orders.items[i].desc = !b->out.orders.items[i].desc;
}

static void order_by_key(struct orm_build *b, bool desc)
{
        const struct orm_model *m = b->reader.model;
        for (size_t i = 0; m && i < m->columns.len; i++)
                if (m->columns.items[i].primary_key)
                        *vec_push(b->reader.arena, &b->out.orders) = (struct sql_order){m->table, m->columns.items[i].name, desc};
}

/* Meta.ordering */
static void order_of_model(struct orm_build *b)
{
        const struct orm_model *m = b->reader.model;
        struct scope *own = b->reader.scope;
        for (size_t i = 0; m && i < m->class->bindings.len; i++) {
                const struct binding *meta = &m->class->bindings.items[i];
                if (meta->kind != B_CLASS || strcmp(meta->name, "Meta"))
                        continue;
                for (size_t k = 0; k < meta->scope->bindings.len; k++) {
                        const struct binding *x = &meta->scope->bindings.items[k];
                        if (strcmp(x->name, "ordering") || x->kind != B_ASSIGN || x->value == NO_NODE)
                                continue;
                        b->reader.scope = meta->scope;
                        EACH_CHILD(meta->scope->file, x->value, c)
                                order(b, c);
                }
        }
        b->reader.scope = own;
}

static void first(struct orm_build *b, bool last)
{
        b->limited = true;
        if (!is_orm(b, "django"))
                return;
        if (!b->changed_order)
                order_of_model(b);
        if (!b->out.orders.len)
                order_by_key(b, last);
        else if (last)
                reverse(b);
        b->changed_order = true;
}

static void slice(struct orm_build *b, const struct query_step *q)
{
        struct file *f = q->scope->file;
        uint32_t key = node_field(f, q->call, F_subscript);
        const char *text = key == NO_NODE ? "" : node_text(f, key), *colon = strchr(text, ':');
        b->limited |= !colon || (colon[1] && colon[1] != ':');
}

static void single(struct orm_build *b, uint32_t list)
{
        bool django = is_orm(b, "django");
        each(b, list, condition);
        b->limited |= !is_sqlalchemy(b);
        if (django) {
                b->out.orders.len = 0;
                b->changed_order = true;
        }
}

static void become(struct orm_build *b, const char *kind)
{
        b->out.kind = kind;
        b->out.orders.len = b->columns.len = 0;
        b->limited = false;
        b->changed_order = b->some = true;
}

static void update(struct orm_build *b, uint32_t list, const struct query_step *q)
{
        bool begins = !q->before && is_sqlalchemy(b); /* update(User) */
        become(b, strstr(q->method, "update") ? "update" : strstr(q->method, "delete") ? "delete" : "insert");
        if (begins)
                each(b, list, joined);
        else if (strcmp(b->out.kind, "delete"))
                each(b, list, written);
}

static bool reads(struct orm_build *b, const char *method, uint32_t list)
{
        if (ANY_OF(method, "filter", "where", "filter_by", "orwhere", "complex_filter"))
                each(b, list, condition);
        else if (!strcmp(method, "exclude"))
                each(b, list, excluded);
        else if (ANY_OF(method, "get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create")) {
                each(b, list, keyword);
                b->limited |= is_orm(b, "django");
                b->locked |= strstr(method, "update") && is_orm(b, "django");
                b->changed_order = true;
        } else if (ANY_OF(method, "join", "outerjoin", "left_outer_join", "join_from", "outerjoin_from", "select_from", "from_"))
                each(b, list, joined);
        else if (!strcmp(method, "options"))
                orm_read_options(b, list);
        else if (!strcmp(method, "select_related"))
                orm_read_related(b, list);
        else if (ANY_OF(method, "prefetch_related", "prefetch"))
                orm_read_prefetch(b, list);
        else
                return false;
        return true;
}

static bool limits(struct orm_build *b, const char *method, uint32_t list)
{
        if (ANY_OF(method, "first", "afirst", "first_or_404", "last", "alast"))
                first(b, strstr(method, "last") != NULL);
        else if (ANY_OF(method, "limit", "paginate", "slice", "fetch"))
                b->limited = true;
        else if (ANY_OF(method, "get", "aget", "get_or_none"))
                single(b, list);
        else if (ANY_OF(method, "count", "acount"))
                b->counted = true;
        else if (ANY_OF(method, "exists", "aexists"))
                b->exists = true;
        else if (ANY_OF(method, "distinct"))
                b->distinct = true;
        else if (ANY_OF(method, "with_for_update", "select_for_update", "for_update"))
                b->locked = true;
        else
                return false;
        return true;
}

/* Of no consequence for the text. */
static bool is_silent(const char *method)
{
        return ANY_OF(method, "all", "execution_options", "yield_per", "iterator", "using", "using_db", "execute", "scalars", "scalar", "stream", "stream_scalars", "exec", "unique",
                      "fetchall", "fetchone", "one", "one_or_none", "one_or_404", "scalar_one", "scalar_one_or_none", "mappings", "tuples", "partitions", "fetchmany", "offset", "get_queryset", "dicts",
                      "namedtuples", "populate_existing", "enable_eagerloads", "params", "get_list_or_404", "as_manager", "aiterator", "bulk_create", "insert_many", "returning");
}

static void apply(struct orm_build *b, const struct query_step *q)
{
        struct file *f = q->scope->file;
        const char *method = q->method;
        uint32_t list = f->nodes[q->call].kind == PY_call ? node_field(f, q->call, F_arguments) : NO_NODE;
        b->reader.scope = q->scope;
        if (!strcmp(method, "[]")) {
                slice(b, q);
        } else if (ANY_OF(method, "order_by")) {
                if (!is_sqlalchemy(b))
                        b->out.orders.len = 0;
                b->changed_order = true;
                each(b, list, order);
        } else if (ANY_OF(method, "update", "aupdate", "delete", "adelete", "insert")) {
                update(b, list, q);
        } else if (!strcmp(method, "values") && is_sqlalchemy(b)) {
                each(b, list, written);
        } else if (ANY_OF(method, "select", "query", "with_entities", "with_only_columns")) {
                if (strncmp(method, "with", 4) == 0)
                        b->columns.len = 0;
                each(b, list, entity);
        } else if (ANY_OF(method, "values", "values_list", "only")) {
                b->some |= list != NO_NODE && node_first(f, list) != NO_NODE;
                EACH_CHILD(f, list, c)
                        if (f->nodes[c].kind != PY_keyword_argument)
                                named(b, c);
                for (size_t i = 0; !strcmp(method, "only") && b->reader.model && i < b->reader.model->columns.len; i++)
                        if (b->reader.model->columns.items[i].primary_key)
                                add_column(b, b->reader.model, &b->reader.model->columns.items[i]);
        } else if (!reads(b, method, list) && !limits(b, method, list) && !is_silent(method)) {
                b->exact = false;
        }
}

void orm_build_steps(struct orm_build *b, const struct query_step *steps)
{
        const struct query_step *all[STEPS_MAX];
        struct scope *own = b->reader.scope;
        size_t n = 0;
        bool related = false;
        for (const struct query_step *q = steps; q && n < STEPS_MAX; q = q->before) {
                if (q->scope)
                        all[n++] = q;
                else
                        related = true;
        }
        if (related) { /* rows of one parent: by a key that stands nowhere */
                b->exact = false;
                *vec_push(b->reader.arena, &b->out.filters) = (struct sql_filter){.column = SQL_HOLE, .op = "hole", .at = -1};
        }
        b->exact &= n < STEPS_MAX;
        while (n-- > 0)
                apply(b, all[n]);
        b->reader.scope = own;
}

/* ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void only(struct orm_build *b, const char *what)
{
        b->columns.len = 0;
        *vec_push(b->reader.arena, &b->columns) = what;
        b->out.orders.len = 0;
        b->some = b->changed_order = true;
        b->limited = b->exists;
        b->distinct = b->locked = false;
}

void orm_build_end(struct orm_build *b)
{
        struct arena *a = b->reader.arena;
        bool select = !strcmp(b->out.kind, "select");
        if (b->counted || b->exists)
                only(b, b->counted ? "count" : "one");
        if (select && !b->changed_order && is_orm(b, "django"))
                order_of_model(b);
        if (select && !b->some && b->reader.model)
                orm_build_all_columns(b, b->reader.model);
        b->out.extras = select ? arena_printf(a, "%s%s%s%s", b->distinct ? "d" : "", b->grouped ? "g" : "", b->limited ? "l" : "", b->locked ? "u" : "") : !strcmp(b->out.kind, "insert") ? b->rows : NULL;
        b->out.projection = b->columns.len ? sqlclause_projection(a, b->columns.items, b->columns.len) : NULL;
        b->out.limited = b->limited || b->counted;
}
