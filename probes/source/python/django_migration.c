/*
 * Migrations of Django: the list `operations` of class Migration. Tables are named as Django does, app_model, unless options name
 * them; a foreign key's column ends in _id and has an index. RunSQL is a text (ddltext.c).
 */
#include "probes/source/python/python.h"
#include "probes/source/schema.h"

#include <ctype.h>
#include <string.h>

struct reader {
        struct file *f;
        struct arena *a;
        struct scope *scope;
        struct schema_ops *ops;
        const char *app;
        bool atomic;
};

static const char *text_of(struct reader *r, uint32_t node)
{
        struct value v = node == NO_NODE ? value_unknown(r->f->source, "") : eval(r->scope, node);
        return v.kind == V_TEXT && !v.holes ? arena_strdup(r->a, v.text) : NULL;
}

static const char *argument(struct reader *r, uint32_t call, const char *name, int position)
{
        return text_of(r, call_argument(r->f, call, name, position));
}

static bool is_false(struct reader *r, uint32_t call, const char *name)
{
        uint32_t node = call_argument(r->f, call, name, -1);
        return node != NO_NODE && r->f->nodes[node].kind == PY_false;
}

static bool is_true(struct reader *r, uint32_t call, const char *name)
{
        uint32_t node = call_argument(r->f, call, name, -1);
        return node != NO_NODE && r->f->nodes[node].kind == PY_true;
}

static const char *last_name(struct reader *r, uint32_t call)
{
        uint32_t function = call != NO_NODE && r->f->nodes[call].kind == PY_call ? node_field(r->f, call, F_function) : NO_NODE;
        if (function != NO_NODE && r->f->nodes[function].kind == PY_attribute)
                function = node_field(r->f, function, F_attribute);
        return function == NO_NODE ? "" : node_text(r->f, function);
}

static const char *lower(struct reader *r, const char *text)
{
        char *out = arena_strdup(r->a, text);
        for (char *p = out; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return out;
}

static const char *table_named(struct reader *r, const char *model)
{
        return model ? arena_printf(r->a, "%s_%s", r->app, lower(r, model)) : NULL;
}

static void add(struct reader *r, uint32_t call, struct ddl d)
{
        struct schema_op *op = schema_add(r->ops, r->f, &d, r->f->nodes[call].start, r->f->nodes[call].end, "django");
        op->in_transaction = r->atomic;
        op->qualname = r->scope->qualname;
}

static bool is_foreign(const char *field)
{
        return !strcmp(field, "ForeignKey") || !strcmp(field, "OneToOneField");
}

/* ── Fields and indexes ────────────────────────────────────────────────────────────────────────────────────────────── */

static bool column_of(struct reader *r, const char *name, uint32_t field, struct ddl *d, struct ddl_column *ret)
{
        const char *type = last_name(r, field), *column = argument(r, field, "db_column", -1), *to = argument(r, field, "to", 0);
        uint32_t other = call_argument(r->f, field, "default", -1);
        if (!name || !*type || !strcmp(type, "ManyToManyField"))
                return false;
        struct ddl_column c = {.name = column ? column : is_foreign(type) ? arena_printf(r->a, "%s_id", name) : name, .type = type};
        c.primary_key = is_true(r, field, "primary_key");
        c.unique = is_true(r, field, "unique") || !strcmp(type, "OneToOneField");
        c.not_null = !is_true(r, field, "null");
        c.has_default = other != NO_NODE || call_argument(r->f, field, "db_default", -1) != NO_NODE;
        const char *dot = to && is_foreign(type) ? strchr(to, '.') : NULL;
        if (dot)
                c.ref_table = lower(r, arena_printf(r->a, "%.*s_%s", (int)(dot - to), to, dot + 1));
        bool indexed = c.primary_key || c.unique || is_true(r, field, "db_index") || !strcmp(type, "SlugField") || (is_foreign(type) && !is_false(r, field, "db_index"));
        if (indexed)
                *vec_push(r->a, &d->indexes) = (struct ddl_index){.columns = sqlddl_names(r->a, &c.name, 1), .method = "btree", .unique = c.unique || c.primary_key,
                                                                   .constraint = c.unique || c.primary_key};
        *ret = c;
        return true;
}

/* ["a", "-b"]; with_id: the first as the column of a foreign key, which a list of fields does not tell. */
static const char *fields_of(struct reader *r, uint32_t list, bool with_id)
{
        const char *names[32];
        size_t n = 0;
        if (list == NO_NODE)
                return NULL;
        EACH_CHILD(r->f, list, c)
        {
                const char *name = n < 32 ? text_of(r, c) : NULL;
                if (!name)
                        return NULL;
                name += *name == '-';
                names[n] = with_id && !n ? arena_printf(r->a, "%s_id", name) : name;
                n++;
        }
        return n ? sqlddl_names(r->a, names, n) : NULL;
}

static void add_index(struct reader *r, struct ddl *d, uint32_t index, bool unique)
{
        const char *what = last_name(r, index), *name = argument(r, index, "name", -1);
        uint32_t fields = call_argument(r->f, index, "fields", -1), classes = call_argument(r->f, index, "opclasses", -1), first = call_argument(r->f, index, NULL, 0);
        const char *method = !strcmp(what, "GinIndex") ? "gin" : !strcmp(what, "GistIndex") ? "gist" : !strcmp(what, "BrinIndex") ? "brin" : "btree";
        const char *opclass = classes != NO_NODE && strstr(node_text(r->f, classes), "trgm") ? "gin_trgm_ops" : NULL;
        bool partial = call_argument(r->f, index, "condition", -1) != NO_NODE;
        for (int id = 0; id < 2; id++) {
                const char *columns = fields_of(r, fields, id);
                if (columns)
                        *vec_push(r->a, &d->indexes) = (struct ddl_index){.name = name, .columns = columns, .method = method, .opclass = opclass,
                                                                           .predicate = partial ? "?" : NULL, .unique = unique};
        }
        const char *function = fields == NO_NODE ? last_name(r, first) : "";
        const char *inner = *function && first != NO_NODE ? argument(r, first, NULL, 0) : NULL;
        if (inner && (!strcmp(function, "Lower") || !strcmp(function, "Upper"))) {
                const char *expression = arena_printf(r->a, "%s(%s)", lower(r, function), inner);
                *vec_push(r->a, &d->indexes) = (struct ddl_index){.name = name, .columns = sqlddl_names(r->a, &expression, 1), .method = method, .unique = unique};
        }
}

/* ── Operations ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void model_options(struct reader *r, struct ddl *d, uint32_t options)
{
        if (options == NO_NODE || r->f->nodes[options].kind != PY_dictionary)
                return;
        EACH_CHILD(r->f, options, pair)
        {
                uint32_t key = node_field(r->f, pair, F_key), value = node_field(r->f, pair, F_value);
                const char *name = key == NO_NODE || value == NO_NODE ? "" : text_of(r, key);
                if (!name)
                        continue;
                if (!strcmp(name, "db_table") && text_of(r, value))
                        d->table = text_of(r, value);
                else if (!strcmp(name, "indexes") || !strcmp(name, "constraints"))
                        EACH_CHILD(r->f, value, index)
                                add_index(r, d, index, *name == 'c');
                else if (!strcmp(name, "unique_together") || !strcmp(name, "index_together"))
                        EACH_CHILD(r->f, value, fields)
                                for (int id = 0; id < 2; id++)
                                        if (fields_of(r, fields, id))
                                                *vec_push(r->a, &d->indexes) = (struct ddl_index){.columns = fields_of(r, fields, id), .method = "btree", .unique = *name == 'u'};
        }
}

static void create_model(struct reader *r, uint32_t call)
{
        struct ddl d = {.op = "create table", .table = table_named(r, argument(r, call, "name", 0))};
        uint32_t fields = call_argument(r->f, call, "fields", 1);
        if (!d.table || fields == NO_NODE)
                return;
        d.partial = call_argument(r->f, call, "bases", 3) != NO_NODE;
        EACH_CHILD(r->f, fields, pair)
        {
                uint32_t name = node_first(r->f, pair), field = name == NO_NODE ? NO_NODE : node_next(r->f, name);
                struct ddl_column c;
                if (field != NO_NODE && column_of(r, text_of(r, name), field, &d, &c))
                        *vec_push(r->a, &d.cols) = c;
        }
        model_options(r, &d, call_argument(r->f, call, "options", 2));
        add(r, call, d);
}

static void add_field(struct reader *r, uint32_t call)
{
        struct ddl d = {.op = "add column", .table = table_named(r, argument(r, call, "model_name", 0))};
        struct ddl_column c;
        uint32_t field = call_argument(r->f, call, "field", 2);
        if (!d.table || field == NO_NODE || !column_of(r, argument(r, call, "name", 1), field, &d, &c))
                return;
        d.object = c.name;
        d.type = c.type;
        d.columns = sqlddl_names(r->a, &c.name, 1);
        c.has_default = true; /* Django asks for one, adds the column with it, and drops it again */
        *vec_push(r->a, &d.cols) = c;
        add(r, call, d);
}

static void index_operation(struct reader *r, uint32_t call, bool concurrently)
{
        struct ddl d = {.op = "create index", .table = table_named(r, argument(r, call, "model_name", 0)), .concurrently = concurrently};
        uint32_t index = call_argument(r->f, call, "index", 1);
        if (!d.table || index == NO_NODE)
                return;
        add_index(r, &d, index, false);
        d.object = argument(r, index, "name", -1);
        d.columns = d.indexes.len ? d.indexes.items[0].columns : NULL;
        add(r, call, d);
}

static void constraint_operation(struct reader *r, uint32_t call)
{
        uint32_t k = call_argument(r->f, call, "constraint", 1);
        bool unique = k != NO_NODE && !strcmp(last_name(r, k), "UniqueConstraint");
        struct ddl d = {.op = unique ? "add unique" : "add check", .table = table_named(r, argument(r, call, "model_name", 0))};
        if (!d.table || k == NO_NODE)
                return;
        if (unique)
                add_index(r, &d, k, true);
        d.object = argument(r, k, "name", -1);
        add(r, call, d);
}

static void plain(struct reader *r, uint32_t call, const char *op, const char *model, const char *object)
{
        const char *table = table_named(r, model);
        if (table)
                add(r, call, (struct ddl){.op = op, .table = table, .object = object, .columns = object ? sqlddl_names(r->a, &object, 1) : NULL});
}

static void operation(struct reader *r, uint32_t call)
{
        const char *name = last_name(r, call);
        if (!strcmp(name, "CreateModel"))
                create_model(r, call);
        else if (!strcmp(name, "AddField"))
                add_field(r, call);
        else if (!strcmp(name, "AddIndex") || !strcmp(name, "AddIndexConcurrently"))
                index_operation(r, call, name[8] != '\0');
        else if (!strcmp(name, "AddConstraint"))
                constraint_operation(r, call);
        else if (!strcmp(name, "DeleteModel"))
                plain(r, call, "drop table", argument(r, call, "name", 0), NULL);
        else if (!strcmp(name, "RemoveField"))
                plain(r, call, "drop column", argument(r, call, "model_name", 0), argument(r, call, "name", 1));
        else if (!strcmp(name, "RenameField"))
                plain(r, call, "rename column", argument(r, call, "model_name", 0), argument(r, call, "old_name", 1));
        else if (!strcmp(name, "RenameModel"))
                plain(r, call, "rename table", argument(r, call, "old_name", 0), table_named(r, argument(r, call, "new_name", 1)));
        else if (!strcmp(name, "RemoveIndex"))
                plain(r, call, "drop index", argument(r, call, "model_name", 0), argument(r, call, "name", 1));
        else if (!strcmp(name, "SeparateDatabaseAndState")) {
                uint32_t inner = call_argument(r->f, call, "database_operations", 0);
                if (inner != NO_NODE)
                        EACH_CHILD(r->f, inner, c)
                                operation(r, c);
        }
}

/* shop/migrations/0001_initial.py is of the app shop. */
static const char *app_of(struct reader *r)
{
        const char *end = strstr(r->f->path, "/migrations/");
        if (!end)
                return NULL;
        const char *begin = end;
        while (begin > r->f->path && begin[-1] != '/')
                begin--;
        return arena_strndup(r->a, begin, (size_t)(end - begin));
}

static const struct binding *bound(const struct scope *s, const char *name)
{
        for (size_t i = 0; i < s->bindings.len; i++)
                if (!strcmp(s->bindings.items[i].name, name) && s->bindings.items[i].value != NO_NODE)
                        return &s->bindings.items[i];
        return NULL;
}

void django_migration_find(struct file *f, struct schema_ops *ops)
{
        static const char word[] = "django";
        struct reader r = {.f = f, .a = f->source->scratch, .ops = ops, .atomic = true};
        if (!memmem(f->bytes, f->len, word, sizeof word - 1) || !(r.app = app_of(&r)))
                return;
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *s = f->scopes.items[i];
                const struct binding *list = s->kind == SCOPE_CLASS && !strcmp(s->name, "Migration") ? bound(s, "operations") : NULL, *atomic;
                if (!list || f->nodes[list->value].kind != PY_list)
                        continue;
                r.scope = s;
                atomic = bound(s, "atomic");
                r.atomic = !atomic || f->nodes[atomic->value].kind != PY_false;
                EACH_CHILD(f, list->value, c)
                        operation(&r, c);
        }
}
