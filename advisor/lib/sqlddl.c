/*
 * The script is cut by libpg_query's scanner, so that one statement that does not parse leaves the others; each is then read from
 * its tree. Everything that takes a strong lock is an item, harmless DDL (comments, grants, new types) is none.
 */
#include "lib/sqlddl.h"
#include "lib/sql.h"
#include "lib/sqltree_impl.h"

#include <ctype.h>
#include <jansson.h>
#include <pg_query.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reader {
        struct arena *arena;
        struct ddl_script *out;
        size_t at, len;
};

static struct ddl *add(struct reader *r, const char *op, const char *table)
{
        struct ddl *d = vec_push(r->arena, &r->out->items);
        *d = (struct ddl){.op = op, .table = table, .at = r->at, .len = r->len};
        return d;
}

static const char *kept(struct reader *r, const char *text)
{
        return arena_strdup(r->arena, text);
}

/* ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *dumped(struct arena *a, json_t *list)
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
        return dumped(a, list);
}

/* A list of String nodes. */
static const char *names_of(struct reader *r, const json_t *strings)
{
        json_t *list = json_array();
        for (size_t i = 0; i < json_array_size(strings); i++)
                if (tree_name(strings, (int)i))
                        json_array_append_new(list, json_string(tree_name(strings, (int)i)));
        return dumped(r->arena, list);
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

static void column_constraint(struct reader *r, struct ddl_column *c, const json_t *k)
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

static struct ddl_column column_of(struct reader *r, const json_t *def)
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

static void index_of_column(struct reader *r, struct ddl *d, const char *table, const struct ddl_column *c)
{
        if (c->name && (c->primary_key || c->unique))
                *vec_push(r->arena, &d->indexes) = (struct ddl_index){.name = arena_printf(r->arena, c->primary_key ? "%s_pkey" : "%s_%s_key", table, c->name),
                                                                       .columns = sqlddl_names(r->arena, &c->name, 1), .method = "btree", .unique = true, .constraint = true};
}

/* PRIMARY KEY, UNIQUE and FOREIGN KEY of a table. */
static void table_constraint(struct reader *r, struct ddl *d, const char *table, const json_t *k)
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

static void create_table(struct reader *r, const json_t *s)
{
        const json_t *elements = json_object_get(s, "tableElts");
        const char *table = tree_table(r->arena, json_object_get(s, "relation"));
        if (!table)
                return;
        struct ddl *d = add(r, "create table", table);
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

static void add_constraint(struct reader *r, const char *table, const json_t *k)
{
        static const char *const ops[][2] = {{"CONSTR_FOREIGN", "add foreign key"}, {"CONSTR_CHECK", "add check"}, {"CONSTR_UNIQUE", "add unique"}, {"CONSTR_PRIMARY", "add primary key"}};
        for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
                if (!is_kind(k, ops[i][0]))
                        continue;
                struct ddl *d = add(r, ops[i][1], table);
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

static void add_column(struct reader *r, const char *table, const json_t *def)
{
        struct ddl_column c = column_of(r, def);
        if (!c.name)
                return;
        struct ddl *d = add(r, "add column", table);
        d->object = c.name;
        d->type = c.type;
        *vec_push(r->arena, &d->cols) = c;
        index_of_column(r, d, table, &c);
        d->columns = sqlddl_names(r->arena, &c.name, 1);
}

static void alter_table(struct reader *r, const json_t *s)
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
                                struct ddl *d = add(r, plain[n][1], table);
                                d->object = kept(r, name);
                                d->columns = name ? sqlddl_names(r->arena, &name, 1) : NULL;
                                d->type = kept(r, tree_name(json_object_get(json_object_get(tree_as(def, "ColumnDef"), "typeName"), "names"), -1));
                        }
        }
}

/* ── Indexes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void create_index(struct reader *r, const json_t *s)
{
        const char *table = tree_table(r->arena, json_object_get(s, "relation"));
        const json_t *params = json_object_get(s, "indexParams");
        if (!table)
                return;
        struct ddl *d = add(r, "create index", table);
        struct ddl_index x = {.name = kept(r, tree_text(s, "idxname")), .method = tree_text(s, "accessMethod") ? kept(r, tree_text(s, "accessMethod")) : "btree",
                              .unique = json_is_true(json_object_get(s, "unique"))};
        json_t *columns = json_array();
        for (size_t i = 0; i < json_array_size(params); i++) {
                const json_t *e = tree_as(json_array_get(params, i), "IndexElem");
                const char *name = tree_text(e, "name"), *text = name ? name : tree_render(r->arena, json_object_get(e, "expr"), 0);
                json_array_append_new(columns, json_string(text ? text : "?"));
                if (!x.opclass)
                        x.opclass = kept(r, tree_name(json_object_get(e, "opclass"), -1));
        }
        x.columns = dumped(r->arena, columns);
        if (json_object_get(s, "whereClause")) {
                const char *predicate = tree_render(r->arena, json_object_get(s, "whereClause"), 0);
                x.predicate = predicate ? predicate : "?";
        }
        d->object = x.name;
        d->columns = x.columns;
        d->concurrently = json_is_true(json_object_get(s, "concurrent"));
        *vec_push(r->arena, &d->indexes) = x;
}

static void drop(struct reader *r, const json_t *s)
{
        const char *type = tree_text(s, "removeType");
        const json_t *objects = json_object_get(s, "objects");
        bool table = type && !strcmp(type, "OBJECT_TABLE"), index = type && !strcmp(type, "OBJECT_INDEX");
        for (size_t i = 0; (table || index) && i < json_array_size(objects); i++) {
                const json_t *o = json_array_get(objects, i), *items = json_object_get(tree_as(o, "List"), "items");
                const char *name = kept(r, tree_name(items, -1));
                struct ddl *d = add(r, table ? "drop table" : "drop index", table ? name : NULL);
                d->object = name;
                d->concurrently = json_is_true(json_object_get(s, "concurrent"));
        }
}

static void renamed(struct reader *r, const json_t *s)
{
        static const char *const ops[][2] = {{"OBJECT_TABLE", "rename table"}, {"OBJECT_COLUMN", "rename column"}, {"OBJECT_INDEX", "rename index"}};
        const char *type = tree_text(s, "renameType"), *table = tree_table(r->arena, json_object_get(s, "relation"));
        const char *name = tree_text(s, "subname");
        for (size_t i = 0; type && i < sizeof ops / sizeof *ops; i++)
                if (!strcmp(type, ops[i][0])) {
                        struct ddl *d = add(r, ops[i][1], table);
                        d->object = kept(r, tree_text(s, "newname"));
                        d->columns = name ? sqlddl_names(r->arena, &name, 1) : NULL;
                }
}

/* ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* 0 takes the limit away: dumps begin so. */
static void set_variable(struct reader *r, const char *name, const json_t *value)
{
        const char *text = tree_constant(value);
        bool none = (text && !strcmp(text, "0")) || (!text && !json_integer_value(json_object_get(json_object_get(tree_as(value, "A_Const"), "ival"), "ival")));
        if (name && !none && (!strcmp(name, "lock_timeout") || !strcmp(name, "statement_timeout")))
                add(r, "lock_timeout", NULL);
}

static void transaction(struct reader *r, const json_t *s)
{
        const char *kind = tree_text(s, "kind");
        if (kind && (!strcmp(kind, "TRANS_STMT_BEGIN") || !strcmp(kind, "TRANS_STMT_START")))
                add(r, "begin", NULL);
        else if (kind && (!strcmp(kind, "TRANS_STMT_COMMIT") || !strcmp(kind, "TRANS_STMT_ROLLBACK")))
                add(r, "commit", NULL);
}

static void created_by_query(struct reader *r, const json_t *s)
{
        const char *table = tree_table(r->arena, json_object_get(json_object_get(s, "into"), "rel"));
        if (table)
                add(r, "create table", table)->partial = true;
}

/* SELECT set_config('lock_timeout', ...). */
static void select_config(struct reader *r, const json_t *s)
{
        const json_t *call = tree_as(json_object_get(tree_as(json_array_get(json_object_get(s, "targetList"), 0), "ResTarget"), "val"), "FuncCall");
        const char *name = tree_name(json_object_get(call, "funcname"), -1);
        if (name && !strcmp(name, "set_config"))
                set_variable(r, tree_constant(json_array_get(json_object_get(call, "args"), 0)), json_array_get(json_object_get(call, "args"), 1));
}

static void statement(struct reader *r, const json_t *node)
{
        const json_t *s;
        if ((s = tree_as(node, "CreateStmt")))
                create_table(r, s);
        else if ((s = tree_as(node, "AlterTableStmt")))
                alter_table(r, s);
        else if ((s = tree_as(node, "IndexStmt")))
                create_index(r, s);
        else if ((s = tree_as(node, "DropStmt")))
                drop(r, s);
        else if ((s = tree_as(node, "RenameStmt")))
                renamed(r, s);
        else if ((s = tree_as(node, "VariableSetStmt")))
                set_variable(r, tree_text(s, "name"), json_array_get(json_object_get(s, "args"), 0));
        else if ((s = tree_as(node, "TransactionStmt")))
                transaction(r, s);
        else if ((s = tree_as(node, "CreateTableAsStmt")))
                created_by_query(r, s);
        else if ((s = tree_as(node, "SelectStmt")))
                select_config(r, s);
        else if (tree_as(node, "ClusterStmt"))
                add(r, "other", tree_table(r->arena, json_object_get(tree_as(node, "ClusterStmt"), "relation")));
}

static void read_statement(struct reader *r, const char *text)
{
        CLEANUP(sqltree_free) json_t *tree = NULL;
        r->out->statements++;
        if (sqltree_parse(text, &tree, NULL) < 0 && sqltree_parse(sql_convert_placeholders(r->arena, text), &tree, NULL) < 0) {
                r->out->unparsed++;
                return;
        }
        json_t *one;
        size_t i;
        json_array_foreach (json_object_get(tree, "stmts"), i, one)
                statement(r, json_object_get(one, "stmt"));
}

/* Blanks and comments before a statement. */
static size_t lead(const char *text)
{
        const char *p = text;
        for (;;) {
                p += strspn(p, " \t\r\n;");
                if (p[0] == '-' && p[1] == '-')
                        p += strcspn(p, "\n");
                else if (p[0] == '/' && p[1] == '*' && strstr(p, "*/"))
                        p = strstr(p, "*/") + 2;
                else
                        return (size_t)(p - text);
        }
}

/* INSERT, SELECT and the like are not parsed: a dump is mostly data. */
static bool is_worth_parsing(const char *text)
{
        static const char *const words[] = {"create", "alter", "drop", "set", "begin", "start", "commit", "end", "rollback", "select", "cluster"};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (!strncasecmp(text, words[i], strlen(words[i])))
                        return strncasecmp(text, "select", 6) || strnlen(text, 300) < 300;
        return false;
}

void sqlddl_read(struct arena *a, const char *script, size_t max, struct ddl_script *ret)
{
        *ret = (struct ddl_script){0};
        const char *clean = sql_script_clean(a, script);
        PgQuerySplitResult cut = pg_query_split_with_scanner(clean);
        struct reader r = {.arena = a, .out = ret};
        if (cut.error)
                ret->unparsed = ret->statements = 1;
        for (int i = 0; !cut.error && i < cut.n_stmts && (size_t)i < max; i++) {
                r.at = (size_t)cut.stmts[i]->stmt_location;
                r.len = (size_t)cut.stmts[i]->stmt_len;
                const char *text = arena_strndup(a, clean + r.at, r.len);
                size_t before = lead(text);
                text += before;
                r.at += before;
                r.len -= before < r.len ? before : r.len;
                if (is_worth_parsing(text))
                        read_statement(&r, text);
        }
        pg_query_free_split_result(cut);
}

const char *sqlddl_expression(struct arena *a, const char *expression)
{
        CLEANUP(sqltree_free) json_t *tree = NULL;
        if (sqltree_parse(arena_printf(a, "SELECT %s", expression), &tree, NULL) < 0)
                return NULL;
        const json_t *s = tree_as(json_object_get(json_array_get(json_object_get(tree, "stmts"), 0), "stmt"), "SelectStmt");
        return tree_render(a, json_object_get(tree_as(json_array_get(json_object_get(s, "targetList"), 0), "ResTarget"), "val"), 0);
}
