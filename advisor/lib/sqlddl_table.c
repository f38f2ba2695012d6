/*
 * CREATE TABLE and ALTER TABLE: columns, constraints, the indexes that stand behind them.
 */
#include "lib/sqlddl_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *kept(struct ddl_reader *r, const char *text)
{
        return arena_strdup(r->arena, text);
}

/* ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

const char *ddl_json(struct arena *a, json_t *list)
{
        char *text = json_dumps(list, JSON_COMPACT);
        const char *copy = arena_strdup(a, text ? text : "[]");
        free(text);
        json_decref(list);
        return copy;
}

const char *sqlddl_names(struct arena *a, const char *const *names, size_t n)
{
        json_t *list = json_array();
        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, json_string(names[i]));
        return ddl_json(a, list);
}

/* A list of String nodes. */
static const char *names_of(struct ddl_reader *r, const json_t *strings)
{
        json_t *list = json_array();
        for (size_t i = 0; i < json_array_size(strings); i++)
                if (tree_name(strings, (int)i))
                        json_array_append_new(list, json_string(tree_name(strings, (int)i)));
        return ddl_json(r->arena, list);
}

/* ── Columns and constraints ───────────────────────────────────────────────────────────────────────────────────────── */

static bool is_volatile(const json_t *node, int depth)
{
        static const char *const names[] = {"random",          "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1", "uuid_generate_v1mc",
                                            "clock_timestamp", "nextval",         "timeofday",        "uuidv4",           "uuidv7"};
        const char *name = tree_name(json_object_get(tree_as(node, "FuncCall"), "funcname"), -1), *key;
        json_t *child;
        size_t i;
        for (size_t n = 0; name && n < sizeof names / sizeof *names; n++)
                if (!strcmp(name, names[n]))
                        return true;
        if (depth > 30)
                return false;
        if (json_is_array(node))
                json_array_foreach (node, i, child)
                        if (is_volatile(child, depth + 1))
                                return true;
        if (json_is_object(node))
                json_object_foreach ((json_t *)node, key, child)
                        if (is_volatile(child, depth + 1))
                                return true;
        return false;
}

static bool is_kind(const json_t *constraint, const char *kind)
{
        const char *type = tree_text(constraint, "contype");
        return type && !strcmp(type, kind);
}

static void column_constraint(struct ddl_reader *r, struct ddl_column *c, const json_t *k)
{
        c->primary_key |= is_kind(k, "CONSTR_PRIMARY");
        c->unique |= is_kind(k, "CONSTR_UNIQUE");
        c->not_null |= is_kind(k, "CONSTR_NOTNULL") || is_kind(k, "CONSTR_PRIMARY") || is_kind(k, "CONSTR_IDENTITY");
        c->has_default |= is_kind(k, "CONSTR_DEFAULT") || is_kind(k, "CONSTR_IDENTITY") || is_kind(k, "CONSTR_GENERATED");
        c->volatile_default |= is_kind(k, "CONSTR_IDENTITY") || is_kind(k, "CONSTR_GENERATED") || (is_kind(k, "CONSTR_DEFAULT") && is_volatile(json_object_get(k, "raw_expr"), 0));
        if (is_kind(k, "CONSTR_FOREIGN")) {
                c->ref_table = tree_table(r->arena, json_object_get(k, "pktable"));
                c->ref_column = kept(r, tree_name(json_object_get(k, "pk_attrs"), 0));
        }
}

static struct ddl_column column_of(struct ddl_reader *r, const json_t *def)
{
        const json_t *list = json_object_get(def, "constraints");
        struct ddl_column c = {.name = kept(r, tree_text(def, "colname")), .type = kept(r, tree_name(json_object_get(json_object_get(def, "typeName"), "names"), -1)),
                               .at = (int)json_integer_value(json_object_get(def, "location"))};
        for (size_t i = 0; i < json_array_size(list); i++)
                column_constraint(r, &c, tree_as(json_array_get(list, i), "Constraint"));
        if (c.type && strstr(c.type, "serial")) {
                c.not_null = c.has_default = c.volatile_default = true;
        }
        return c;
}

static void index_of_column(struct ddl_reader *r, struct ddl *d, const char *table, const struct ddl_column *c)
{
        if (c->name && (c->primary_key || c->unique))
                *vec_push(r->arena, &d->indexes) = (struct ddl_index){.name = arena_printf(r->arena, c->primary_key ? "%s_pkey" : "%s_%s_key", table, c->name),
                                                                       .columns = sqlddl_names(r->arena, &c->name, 1), .method = "btree", .unique = true, .constraint = true};
}

/* PRIMARY KEY, UNIQUE and FOREIGN KEY of a table. */
static void table_constraint(struct ddl_reader *r, struct ddl *d, const char *table, const json_t *k)
{
        bool primary = is_kind(k, "CONSTR_PRIMARY");
        const json_t *keys = json_object_get(k, "keys"), *from = json_object_get(k, "fk_attrs");
        if ((primary || is_kind(k, "CONSTR_UNIQUE")) && json_array_size(keys)) {
                const char *name = tree_text(k, "conname") ? kept(r, tree_text(k, "conname")) : arena_printf(r->arena, primary ? "%s_pkey" : "%s_%s_key", table, tree_name(keys, 0));
                *vec_push(r->arena, &d->indexes) = (struct ddl_index){.name = name, .columns = names_of(r, keys), .method = "btree", .unique = true, .constraint = true};
        } else if (is_kind(k, "CONSTR_EXCLUSION")) {
                const char *first = tree_text(tree_as(json_array_get(json_array_get(json_object_get(k, "exclusions"), 0), 0), "IndexElem"), "name");
                if (first)
                        *vec_push(r->arena, &d->indexes) = (struct ddl_index){.name = kept(r, tree_text(k, "conname")), .columns = sqlddl_names(r->arena, &first, 1), .method = "gist"};
        }
        for (size_t i = 0; is_kind(k, "CONSTR_FOREIGN") && i < json_array_size(from); i++)
                for (size_t c = 0; c < d->cols.len; c++)
                        if (tree_name(from, (int)i) && !strcmp(d->cols.items[c].name, tree_name(from, (int)i))) {
                                d->cols.items[c].ref_table = tree_table(r->arena, json_object_get(k, "pktable"));
                                d->cols.items[c].ref_column = kept(r, tree_name(json_object_get(k, "pk_attrs"), (int)i));
                        }
}

void ddl_create_table(struct ddl_reader *r, const json_t *s)
{
        const json_t *elements = json_object_get(s, "tableElts");
        const char *table = tree_table(r->arena, json_object_get(s, "relation"));
        if (!table)
                return;
        struct ddl *d = ddl_add(r, "create table", table);
        d->partial = json_object_get(s, "inhRelations") != NULL;
        for (size_t i = 0; i < json_array_size(elements); i++) {
                const json_t *def = tree_as(json_array_get(elements, i), "ColumnDef");
                d->partial |= tree_as(json_array_get(elements, i), "TableLikeClause") != NULL;
                if (!def)
                        continue;
                struct ddl_column c = column_of(r, def);
                *vec_push(r->arena, &d->cols) = c;
                index_of_column(r, d, table, &c);
        }
        for (size_t i = 0; i < json_array_size(elements); i++)
                if (tree_as(json_array_get(elements, i), "Constraint"))
                        table_constraint(r, d, table, tree_as(json_array_get(elements, i), "Constraint"));
}

/* ── ALTER TABLE ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_constraint(struct ddl_reader *r, const char *table, const json_t *k)
{
        static const char *const ops[][2] = {{"CONSTR_FOREIGN", "add foreign key"}, {"CONSTR_CHECK", "add check"}, {"CONSTR_UNIQUE", "add unique"}, {"CONSTR_PRIMARY", "add primary key"}};
        for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
                if (!is_kind(k, ops[i][0]))
                        continue;
                struct ddl *d = ddl_add(r, ops[i][1], table);
                d->object = kept(r, tree_text(k, "conname"));
                d->columns = names_of(r, json_object_get(k, i ? "keys" : "fk_attrs"));
                d->not_valid = json_is_true(json_object_get(k, "skip_validation"));
                d->using_index = tree_text(k, "indexname") != NULL;
                if (i == 0) { /* for code_column: which column refers to what */
                        for (size_t n = 0; n < json_array_size(json_object_get(k, "fk_attrs")); n++)
                                *vec_push(r->arena, &d->cols) = (struct ddl_column){.name = kept(r, tree_name(json_object_get(k, "fk_attrs"), (int)n)),
                                                                                     .ref_table = tree_table(r->arena, json_object_get(k, "pktable")),
                                                                                     .ref_column = kept(r, tree_name(json_object_get(k, "pk_attrs"), (int)n))};
                } else {
                        table_constraint(r, d, table, k);
                }
                return;
        }
}

static void add_column(struct ddl_reader *r, const char *table, const json_t *def)
{
        struct ddl_column c = column_of(r, def);
        if (!c.name)
                return;
        struct ddl *d = ddl_add(r, "add column", table);
        d->object = c.name;
        d->type = c.type;
        *vec_push(r->arena, &d->cols) = c;
        index_of_column(r, d, table, &c);
        d->columns = sqlddl_names(r->arena, &c.name, 1);
}

void ddl_alter_table(struct ddl_reader *r, const json_t *s)
{
        static const char *const plain[][2] = {{"AT_DropColumn", "drop column"}, {"AT_SetNotNull", "set not null"}, {"AT_AlterColumnType", "alter type"},
                                               {"AT_DropConstraint", "drop constraint"}, {"AT_SetLogged", "other"}, {"AT_SetUnLogged", "other"},
                                               {"AT_SetTableSpace", "other"}, {"AT_AttachPartition", "other"}, {"AT_DetachPartition", "other"}};
        const char *table = tree_table(r->arena, json_object_get(s, "relation")), *kind = tree_text(s, "objtype");
        const json_t *cmds = json_object_get(s, "cmds");
        if (!table || (kind && strcmp(kind, "OBJECT_TABLE")))
                return;
        for (size_t i = 0; i < json_array_size(cmds); i++) {
                const json_t *cmd = tree_as(json_array_get(cmds, i), "AlterTableCmd"), *def = json_object_get(cmd, "def");
                const char *sub = tree_text(cmd, "subtype"), *name = tree_text(cmd, "name");
                if (!sub)
                        continue;
                if (!strcmp(sub, "AT_AddColumn"))
                        add_column(r, table, tree_as(def, "ColumnDef"));
                else if (!strcmp(sub, "AT_AddConstraint"))
                        add_constraint(r, table, tree_as(def, "Constraint"));
                for (size_t n = 0; n < sizeof plain / sizeof *plain; n++)
                        if (!strcmp(sub, plain[n][0])) {
                                struct ddl *d = ddl_add(r, plain[n][1], table);
                                d->object = kept(r, name);
                                d->columns = name ? sqlddl_names(r->arena, &name, 1) : NULL;
                                d->type = kept(r, tree_name(json_object_get(json_object_get(tree_as(def, "ColumnDef"), "typeName"), "names"), -1));
                        }
        }
}
