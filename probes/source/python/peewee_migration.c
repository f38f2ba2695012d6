/*
 * Migrations of peewee, by peewee_migrate (migrator.add_index("table", "a", "b"), remove_fields) and by playhouse.migrate (drop_column,
 * add_not_null, add_index("table", ("a", "b"), True)); peewee.Index(name, table, [fn.Lower(User.name)]) for expressions.
 */
#include "probes/source/python/python.h"
#include "probes/source/python/orm.h"
#include "probes/source/schema.h"

#include <ctype.h>
#include <string.h>

static const char *text_of(struct scope *s, uint32_t n)
{
        struct value v = n == NO_NODE ? value_unknown(s->file->source, "") : eval(s, n);
        return v.kind == V_TEXT && !v.holes ? arena_strdup(s->file->source->scratch, v.text) : NULL;
}

/* "name", User.name, fn.Lower(User.name) */
static const char *element(struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        if (f->nodes[n].kind == PY_string)
                return text_of(s, n);
        if (f->nodes[n].kind == PY_attribute && node_field(f, n, F_attribute) != NO_NODE)
                return node_text(f, node_field(f, n, F_attribute));
        uint32_t function = f->nodes[n].kind == PY_call ? node_field(f, n, F_function) : NO_NODE, first = function == NO_NODE ? NO_NODE : call_argument(f, n, NULL, 0);
        if (first == NO_NODE || f->nodes[function].kind != PY_attribute)
                return NULL;
        const char *name = node_text(f, node_field(f, function, F_attribute)), *inner = element(s, first);
        char *lower = arena_strdup(f->source->scratch, name);
        for (char *p = lower; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return inner ? arena_printf(f->source->scratch, "%s(%s)", lower, inner) : NULL;
}

static void add(struct file *f, struct scope *s, uint32_t call, const char *name, const char *table, const char *const *columns, size_t n, struct schema_ops *ops)
{
        struct arena *a = f->source->scratch;
        if (!table || !n || (s->name && !strcmp(s->name, "rollback")))
                return;
        struct ddl d = {.op = "create index", .table = table, .object = name, .columns = sqlddl_names(a, columns, n)};
        *vec_push(a, &d.indexes) = (struct ddl_index){.name = name, .columns = d.columns, .method = "btree"};
        schema_add(ops, f, &d, f->nodes[call].start, f->nodes[call].end, "peewee")->qualname = s->qualname;
}

/* ── What else locks ───────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_migrator(struct file *f, uint32_t call)
{
        uint32_t function = node_field(f, call, F_function), object = f->nodes[function].kind == PY_attribute ? node_field(f, function, F_object) : NO_NODE;
        return object != NO_NODE && strstr(node_text(f, object), "migrat");
}

/* migrator.drop_column("table", "column"), migrator.remove_fields("table", "a", "b") */
static void add_change(struct file *f, const struct call_site *call, const char *op, bool several, struct schema_ops *ops)
{
        struct scope *s = call->scope;
        const char *table = text_of(s, call_argument(f, call->node, NULL, 0));
        if (!table || !is_migrator(f, call->node) || (s->name && !strcmp(s->name, "rollback")))
                return;
        bool whole = str_ends(op, " table");
        for (int i = 1; i < 16; i++) {
                uint32_t arg = call_argument(f, call->node, NULL, i);
                const char *column = whole ? NULL : text_of(s, arg);
                if (!whole && !column)
                        return;
                struct ddl d = {.op = op, .table = table, .object = column, .columns = column ? sqlddl_names(f->source->scratch, &column, 1) : NULL};
                schema_add(ops, f, &d, f->nodes[call->node].start, f->nodes[call->node].end, "peewee")->qualname = s->qualname;
                if (!several)
                        return;
        }
}

static void find_changes(struct file *f, struct schema_ops *ops)
{
        static const struct {
                const char *method, *op;
                bool several;
        } changes[] = {{"drop_column", "drop column", false}, {"remove_fields", "drop column", true}, {"drop_columns", "drop column", true}, {"rename_column", "rename column", false},
                       {"rename_field", "rename column", false}, {"rename_table", "rename table", false}, {"remove_model", "drop table", false}, {"add_not_null", "set not null", true},
                       {"alter_column_type", "alter type", false}};
        for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
                EACH_CALL_IN(f, changes[i].method, call)
                        add_change(f, call, changes[i].op, changes[i].several, ops);
}

void peewee_migration_find(struct file *f, struct schema_ops *ops)
{
        static const char word[] = "peewee", other[] = "playhouse.migrate";
        if (!f->is_migration || !(memmem(f->bytes, f->len, word, sizeof word - 1) || memmem(f->bytes, f->len, other, sizeof other - 1)))
                return;
        find_changes(f, ops);
        EACH_CALL_IN(f, "add_index", call) {
                const char *columns[16];
                size_t n = 0;
                uint32_t tuple = call_argument(f, call->node, NULL, 1);
                if (tuple != NO_NODE && (f->nodes[tuple].kind == PY_tuple || f->nodes[tuple].kind == PY_list)) {
                        EACH_CHILD(f, tuple, c)
                                if (n < 16 && (columns[n] = text_of(call->scope, c)))
                                        n++;
                        tuple = NO_NODE;
                }
                for (uint32_t arg; tuple != NO_NODE && n < 16 && (arg = call_argument(f, call->node, NULL, (int)n + 1)) != NO_NODE && (columns[n] = text_of(call->scope, arg)); n++)
                        ;
                uint32_t table = call_argument(f, call->node, NULL, 0);
                add(f, call->scope, call->node, NULL, text_of(call->scope, table), columns, n, ops);
        }
        EACH_CALL_IN(f, "Index", call) {
                const char *columns[16];
                size_t n = 0;
                uint32_t list = call_argument(f, call->node, "expressions", 2);
                if (list == NO_NODE || f->nodes[list].kind != PY_list)
                        continue;
                EACH_CHILD(f, list, c)
                        if (n < 16 && (columns[n] = element(call->scope, c)))
                                n++;
                add(f, call->scope, call->node, text_of(call->scope, call_argument(f, call->node, "name", 0)), text_of(call->scope, call_argument(f, call->node, "table", 1)), columns, n, ops);
        }
}
