/*
 * Migrations of Alembic: what upgrade() calls of alembic.op, and of what op.batch_alter_table() gives. op.execute() is a text
 * (ddltext.c). Alembic runs each migration in a transaction, except for what stands in an autocommit_block().
 */
#include "probes/source/python/python.h"
#include "probes/source/schema.h"

#include <string.h>

struct reader {
        struct file *f;
        struct arena *a;
        struct scope *scope;
        struct schema_ops *ops;
        const char *table; /* of batch_alter_table around */
        bool autocommit;
};

static const char *text_of(struct reader *r, uint32_t node)
{
        if (node == NO_NODE)
                return NULL;
        if (r->f->nodes[node].kind == PY_call) { /* op.f("name"), sa.text("expression"), sa.column("x") */
                uint32_t inner = call_argument(r->f, node, NULL, 0);
                return inner == NO_NODE ? NULL : text_of(r, inner);
        }
        struct value v = eval(r->scope, node);
        return v.kind == V_TEXT && !v.holes ? arena_strdup(r->a, v.text) : NULL;
}

static const char *argument(struct reader *r, uint32_t call, const char *name, int position)
{
        return text_of(r, call_argument(r->f, call, name, position));
}

/* -1 when it is not given. */
static int flag(struct reader *r, uint32_t call, const char *name)
{
        uint32_t node = call_argument(r->f, call, name, -1);
        if (node == NO_NODE)
                return -1;
        return r->f->nodes[node].kind == PY_true ? 1 : r->f->nodes[node].kind == PY_false || r->f->nodes[node].kind == PY_none ? 0 : 1;
}

static const char *last_name(struct reader *r, uint32_t call)
{
        uint32_t function = r->f->nodes[call].kind == PY_call ? node_field(r->f, call, F_function) : NO_NODE;
        if (function != NO_NODE && r->f->nodes[function].kind == PY_attribute)
                function = node_field(r->f, function, F_attribute);
        return function == NO_NODE ? "" : node_text(r->f, function);
}

static const char *table_of(struct reader *r, uint32_t call, const char *keyword, int position)
{
        return r->table ? r->table : argument(r, call, keyword, position);
}

/* Position of an argument after that of the table, which batch operations leave out. */
static int after_table(const struct reader *r, int position)
{
        return r->table ? position - 1 : position;
}

/* ["a", sa.text("lower(b)")] as JSON; NULL when an element is not known. */
static const char *columns_of(struct reader *r, uint32_t list)
{
        const char *names[32];
        size_t n = 0;
        if (list == NO_NODE || (r->f->nodes[list].kind != PY_list && r->f->nodes[list].kind != PY_tuple))
                return NULL;
        EACH_CHILD(r->f, list, c)
        {
                const char *name = n < 32 ? text_of(r, c) : NULL;
                if (!name)
                        return NULL;
                const char *expression = r->f->nodes[c].kind == PY_call ? sqlddl_expression(r->a, name) : NULL;
                names[n++] = expression ? expression : name;
        }
        return n ? sqlddl_names(r->a, names, n) : NULL;
}

static struct schema_op *add(struct reader *r, uint32_t call, struct ddl d)
{
        struct schema_op *op = schema_add(r->ops, r->f, &d, r->f->nodes[call].start, r->f->nodes[call].end, "alembic");
        op->in_transaction = !r->autocommit;
        op->qualname = r->scope->qualname;
        return op;
}

/* ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void references(struct ddl_column *c, struct reader *r, const char *target)
{
        const char *dot = target ? strrchr(target, '.') : NULL;
        if (dot) {
                c->ref_table = arena_strndup(r->a, target, (size_t)(dot - target));
                c->ref_column = dot + 1;
        }
}

/* sa.Column("name", sa.Text(), sa.ForeignKey("t.c"), nullable=False, ...) */
static bool column_of(struct reader *r, uint32_t call, struct ddl_column *ret)
{
        struct file *f = r->f;
        struct ddl_column c = {.name = argument(r, call, "name", 0)};
        uint32_t type = call_argument(f, call, "type_", 1), other = call_argument(f, call, "server_default", -1);
        if (!c.name)
                return false;
        if (type != NO_NODE)
                c.type = f->nodes[type].kind == PY_call ? last_name(r, type) : node_text(f, type);
        c.primary_key = flag(r, call, "primary_key") == 1;
        c.unique = flag(r, call, "unique") == 1;
        c.not_null = flag(r, call, "nullable") == 0 || c.primary_key;
        c.has_default = other != NO_NODE && f->nodes[other].kind != PY_none;
        uint32_t arguments = node_field(f, call, F_arguments);
        EACH_CHILD(f, arguments, a)
                if (f->nodes[a].kind == PY_call && !strcmp(last_name(r, a), "ForeignKey"))
                        references(&c, r, argument(r, a, "column", 0));
        *ret = c;
        return true;
}

static void add_index(struct reader *r, struct ddl *d, const char *name, const char *columns, bool unique, bool constraint)
{
        if (columns)
                *vec_push(r->a, &d->indexes) = (struct ddl_index){.name = name, .columns = columns, .method = "btree", .unique = unique, .constraint = constraint};
}

/* The names among the arguments from `first` on: PrimaryKeyConstraint("a", "b"), Index("name", "a"). */
static const char *listed(struct reader *r, uint32_t call, int first)
{
        const char *names[32];
        size_t n = 0;
        for (int i = first; n < 32; i++) {
                uint32_t node = call_argument(r->f, call, NULL, i);
                const char *name = node == NO_NODE ? NULL : text_of(r, node);
                if (!name)
                        break;
                names[n++] = name;
        }
        return n ? sqlddl_names(r->a, names, n) : NULL;
}

static void table_part(struct reader *r, struct ddl *d, uint32_t part)
{
        const char *what = last_name(r, part);
        struct ddl_column c;
        if (!strcmp(what, "Column") && column_of(r, part, &c)) {
                *vec_push(r->a, &d->cols) = c;
                if (c.unique || c.primary_key || flag(r, part, "index") == 1)
                        add_index(r, d, NULL, sqlddl_names(r->a, &c.name, 1), c.unique || c.primary_key, c.unique || c.primary_key);
        } else if (!strcmp(what, "PrimaryKeyConstraint") || !strcmp(what, "UniqueConstraint")) {
                add_index(r, d, argument(r, part, "name", -1), listed(r, part, 0), true, true);
        } else if (!strcmp(what, "Index")) {
                add_index(r, d, argument(r, part, "name", 0), listed(r, part, 1), flag(r, part, "unique") == 1, false);
        } else if (!strcmp(what, "ForeignKeyConstraint")) {
                const char *from = columns_of(r, call_argument(r->f, part, "columns", 0)), *to = columns_of(r, call_argument(r->f, part, "refcolumns", 1));
                for (size_t i = 0; from && to && i < d->cols.len; i++)
                        if (!strcmp(from, sqlddl_names(r->a, &d->cols.items[i].name, 1)))
                                references(&d->cols.items[i], r, arena_strndup(r->a, to + 2, strlen(to) - 4));
        }
}

static void create_table(struct reader *r, uint32_t call)
{
        struct ddl d = {.op = "create table", .table = argument(r, call, "table_name", 0)};
        uint32_t arguments = node_field(r->f, call, F_arguments);
        if (!d.table)
                return;
        EACH_CHILD(r->f, arguments, a)
        {
                if (r->f->nodes[a].kind == PY_call)
                        table_part(r, &d, a);
                d.partial |= r->f->nodes[a].kind == PY_list_splat;
        }
        add(r, call, d);
}

/* ── Operations ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void create_index(struct reader *r, uint32_t call)
{
        struct ddl d = {.op = "create index", .object = argument(r, call, "index_name", 0), .table = table_of(r, call, "table_name", 1)};
        d.columns = columns_of(r, call_argument(r->f, call, "columns", after_table(r, 2)));
        d.concurrently = flag(r, call, "postgresql_concurrently") == 1;
        if (!d.table)
                return;
        struct ddl_index x = {.name = d.object, .columns = d.columns ? d.columns : "[\"?\"]", .method = argument(r, call, "postgresql_using", -1),
                              .unique = flag(r, call, "unique") == 1, .predicate = flag(r, call, "postgresql_where") > 0 ? "?" : NULL};
        uint32_t ops = call_argument(r->f, call, "postgresql_ops", -1);
        if (ops != NO_NODE && strstr(node_text(r->f, ops), "trgm"))
                x.opclass = "gin_trgm_ops";
        if (!x.method)
                x.method = "btree";
        *vec_push(r->a, &d.indexes) = x;
        add(r, call, d);
}

static void add_column(struct reader *r, uint32_t call)
{
        struct ddl_column c;
        uint32_t column = call_argument(r->f, call, "column", after_table(r, 1));
        struct ddl d = {.op = "add column", .table = table_of(r, call, "table_name", 0)};
        if (!d.table || column == NO_NODE || !column_of(r, column, &c))
                return;
        d.object = c.name;
        d.type = c.type;
        d.columns = sqlddl_names(r->a, &c.name, 1);
        *vec_push(r->a, &d.cols) = c;
        if (c.unique || flag(r, column, "index") == 1)
                add_index(r, &d, NULL, d.columns, c.unique, c.unique);
        add(r, call, d);
}

static void alter_column(struct reader *r, uint32_t call)
{
        const char *table = table_of(r, call, "table_name", 0), *name = argument(r, call, "column_name", after_table(r, 1));
        const char *new_name = argument(r, call, "new_column_name", -1);
        uint32_t type = call_argument(r->f, call, "type_", -1);
        if (!table || !name)
                return;
        struct ddl d = {.table = table, .object = name, .columns = sqlddl_names(r->a, &name, 1)};
        if (type != NO_NODE) {
                d.op = "alter type";
                d.type = r->f->nodes[type].kind == PY_call ? last_name(r, type) : node_text(r->f, type);
                add(r, call, d);
        }
        if (flag(r, call, "nullable") == 0 && flag(r, call, "existing_nullable") != 0) {
                d.op = "set not null";
                add(r, call, d);
        }
        if (new_name) {
                d.op = "rename column";
                d.object = new_name;
                add(r, call, d);
        }
}

static void add_constraint(struct reader *r, uint32_t call, const char *op, const char *table_keyword, const char *columns_keyword, int columns_at)
{
        struct ddl d = {.op = op, .object = argument(r, call, "constraint_name", 0), .table = table_of(r, call, table_keyword, 1)};
        bool foreign = !strcmp(op, "add foreign key");
        if (!d.table)
                return;
        d.columns = columns_keyword ? columns_of(r, call_argument(r->f, call, columns_keyword, after_table(r, columns_at))) : NULL;
        d.not_valid = flag(r, call, "postgresql_not_valid") == 1;
        if (!foreign && columns_keyword)
                add_index(r, &d, d.object, d.columns, true, true);
        add(r, call, d);
}

static void drop(struct reader *r, uint32_t call, const char *op, const char *table, const char *object)
{
        if (table || object)
                add(r, call, (struct ddl){.op = op, .table = table, .object = object, .columns = object ? sqlddl_names(r->a, &object, 1) : NULL,
                                          .concurrently = flag(r, call, "postgresql_concurrently") == 1});
}

static void operation(struct reader *r, uint32_t call, const char *name)
{
        if (!strcmp(name, "create_table"))
                create_table(r, call);
        else if (!strcmp(name, "create_index"))
                create_index(r, call);
        else if (!strcmp(name, "add_column"))
                add_column(r, call);
        else if (!strcmp(name, "alter_column"))
                alter_column(r, call);
        else if (!strcmp(name, "create_foreign_key"))
                add_constraint(r, call, "add foreign key", "source_table", "local_cols", 3);
        else if (!strcmp(name, "create_unique_constraint"))
                add_constraint(r, call, "add unique", "table_name", "columns", 2);
        else if (!strcmp(name, "create_primary_key"))
                add_constraint(r, call, "add primary key", "table_name", "columns", 2);
        else if (!strcmp(name, "create_check_constraint"))
                add_constraint(r, call, "add check", "table_name", NULL, 0);
        else if (!strcmp(name, "drop_table"))
                drop(r, call, "drop table", argument(r, call, "table_name", 0), NULL);
        else if (!strcmp(name, "drop_column"))
                drop(r, call, "drop column", table_of(r, call, "table_name", 0), argument(r, call, "column_name", after_table(r, 1)));
        else if (!strcmp(name, "drop_index"))
                drop(r, call, "drop index", table_of(r, call, "table_name", 1), argument(r, call, "index_name", 0));
        else if (!strcmp(name, "drop_constraint"))
                drop(r, call, "drop constraint", table_of(r, call, "table_name", 1), argument(r, call, "constraint_name", 0));
        else if (!strcmp(name, "rename_table"))
                drop(r, call, "rename table", argument(r, call, "old_table_name", 0), argument(r, call, "new_table_name", 1));
}

/* ── The walk ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void walk(struct reader *r, uint32_t n);

static void walk_children(struct reader *r, uint32_t n)
{
        EACH_CHILD(r->f, n, c)
                walk(r, c);
}

static void walk_with(struct reader *r, uint32_t n)
{
        struct reader inner = *r;
        uint32_t body = node_field(r->f, n, F_body);
        for (uint32_t c = n + 1; c < (body == NO_NODE ? r->f->nodes[n].after : body); c++) {
                const char *name = r->f->nodes[c].kind == PY_call ? last_name(r, c) : "";
                if (!strcmp(name, "batch_alter_table"))
                        inner.table = argument(r, c, "table_name", 0);
                inner.autocommit |= !strcmp(name, "autocommit_block");
        }
        if (body != NO_NODE)
                walk_children(&inner, body);
}

/* op of `from alembic import op`, or the name that batch_alter_table is bound to. */
static bool is_operations(struct reader *r, uint32_t call)
{
        uint32_t function = node_field(r->f, call, F_function);
        if (function == NO_NODE || r->f->nodes[function].kind != PY_attribute)
                return false;
        uint32_t object = node_field(r->f, function, F_object);
        const char *name = object == NO_NODE ? "" : node_text(r->f, object);
        return !strcmp(name, "op") ? !r->table : r->table && r->f->nodes[object].kind == PY_identifier;
}

static void walk(struct reader *r, uint32_t n)
{
        uint8_t kind = r->f->nodes[n].kind;
        if (kind == PY_with_statement) {
                walk_with(r, n);
                return;
        }
        if (kind == PY_call && is_operations(r, n)) {
                const char *name = last_name(r, n);
                struct reader plain = *r;
                uint32_t object = node_field(r->f, node_field(r->f, n, F_function), F_object);
                if (text_is(r->f, object, "op"))
                        plain.table = NULL;
                operation(&plain, n, name);
                return;
        }
        if (kind != PY_function_definition && kind != PY_class_definition)
                walk_children(r, n);
}

void alembic_find(struct file *f, struct schema_ops *ops)
{
        static const char word[] = "alembic";
        if (!memmem(f->bytes, f->len, word, sizeof word - 1))
                return;
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *s = f->scopes.items[i];
                bool upgrades = s->kind == SCOPE_FUNCTION && s->parent == f->scope && strstr(s->name, "upgrade") && s->body != NO_NODE;
                struct reader r = {.f = f, .a = f->source->scratch, .scope = s, .ops = ops};
                if (upgrades)
                        walk_children(&r, s->body);
        }
}
