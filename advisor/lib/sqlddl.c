/*
 * The script is cut by libpg_query's scanner, so that one statement that does not parse leaves the others; each is then read from
 * its tree. Everything that takes a strong lock is an item, harmless DDL (comments, grants, new types) is none.
 */
#include "lib/sqlddl_impl.h"
#include "lib/sql.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ddl *ddl_add(struct ddl_reader *r, const char *op, const char *table)
{
        struct ddl *d = vec_push(r->arena, &r->out->items);
        *d = (struct ddl){.op = op, .table = table, .at = r->at, .len = r->len};
        return d;
}

static const char *kept(struct ddl_reader *r, const char *text)
{
        return arena_strdup(r->arena, text);
}

/* ── Indexes ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void create_index(struct ddl_reader *r, const json_t *s)
{
        const char *table = tree_table(r->arena, json_object_get(s, "relation"));
        const json_t *params = json_object_get(s, "indexParams");
        if (!table)
                return;
        struct ddl *d = ddl_add(r, "create index", table);
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
        x.columns = ddl_json(r->arena, columns);
        if (json_object_get(s, "whereClause")) {
                const char *predicate = tree_render(r->arena, json_object_get(s, "whereClause"), 0);
                x.predicate = predicate ? predicate : "?";
        }
        d->object = x.name;
        d->columns = x.columns;
        d->concurrently = json_is_true(json_object_get(s, "concurrent"));
        *vec_push(r->arena, &d->indexes) = x;
}

static void drop(struct ddl_reader *r, const json_t *s)
{
        const char *type = tree_text(s, "removeType");
        const json_t *objects = json_object_get(s, "objects");
        bool table = type && !strcmp(type, "OBJECT_TABLE"), index = type && !strcmp(type, "OBJECT_INDEX");
        for (size_t i = 0; (table || index) && i < json_array_size(objects); i++) {
                const json_t *o = json_array_get(objects, i), *items = json_object_get(tree_as(o, "List"), "items");
                const char *name = kept(r, tree_name(items, -1));
                struct ddl *d = ddl_add(r, table ? "drop table" : "drop index", table ? name : NULL);
                d->object = name;
                d->concurrently = json_is_true(json_object_get(s, "concurrent"));
        }
}

static void renamed(struct ddl_reader *r, const json_t *s)
{
        static const char *const ops[][2] = {{"OBJECT_TABLE", "rename table"}, {"OBJECT_COLUMN", "rename column"}, {"OBJECT_INDEX", "rename index"}};
        const char *type = tree_text(s, "renameType"), *table = tree_table(r->arena, json_object_get(s, "relation"));
        const char *name = tree_text(s, "subname");
        for (size_t i = 0; type && i < sizeof ops / sizeof *ops; i++)
                if (!strcmp(type, ops[i][0])) {
                        struct ddl *d = ddl_add(r, ops[i][1], table);
                        d->object = kept(r, tree_text(s, "newname"));
                        d->columns = name ? sqlddl_names(r->arena, &name, 1) : NULL;
                }
}

/* ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* 0 takes the limit away: dumps begin so. */
static void set_variable(struct ddl_reader *r, const char *name, const json_t *value)
{
        const char *text = tree_constant(value);
        bool none = (text && !strcmp(text, "0")) || (!text && !json_integer_value(json_object_get(json_object_get(tree_as(value, "A_Const"), "ival"), "ival")));
        if (name && !none && (!strcmp(name, "lock_timeout") || !strcmp(name, "statement_timeout")))
                ddl_add(r, "lock_timeout", NULL);
}

static void transaction(struct ddl_reader *r, const json_t *s)
{
        const char *kind = tree_text(s, "kind");
        if (kind && (!strcmp(kind, "TRANS_STMT_BEGIN") || !strcmp(kind, "TRANS_STMT_START")))
                ddl_add(r, "begin", NULL);
        else if (kind && (!strcmp(kind, "TRANS_STMT_COMMIT") || !strcmp(kind, "TRANS_STMT_ROLLBACK")))
                ddl_add(r, "commit", NULL);
}

static void created_by_query(struct ddl_reader *r, const json_t *s)
{
        const char *table = tree_table(r->arena, json_object_get(json_object_get(s, "into"), "rel"));
        if (table)
                ddl_add(r, "create table", table)->partial = true;
}

/* SELECT set_config('lock_timeout', ...). */
static void select_config(struct ddl_reader *r, const json_t *s)
{
        const json_t *call = tree_as(json_object_get(tree_as(json_array_get(json_object_get(s, "targetList"), 0), "ResTarget"), "val"), "FuncCall");
        const char *name = tree_name(json_object_get(call, "funcname"), -1);
        if (name && !strcmp(name, "set_config"))
                set_variable(r, tree_constant(json_array_get(json_object_get(call, "args"), 0)), json_array_get(json_object_get(call, "args"), 1));
}

static void statement(struct ddl_reader *r, const json_t *node)
{
        const json_t *s;
        if ((s = tree_as(node, "CreateStmt")))
                ddl_create_table(r, s);
        else if ((s = tree_as(node, "AlterTableStmt")))
                ddl_alter_table(r, s);
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
                ddl_add(r, "other", tree_table(r->arena, json_object_get(tree_as(node, "ClusterStmt"), "relation")));
}

static void read_statement(struct ddl_reader *r, const char *text)
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
        struct ddl_reader r = {.arena = a, .out = ret};
        struct sql_part *parts;
        size_t n = sql_parts(a, clean, max, &parts);
        if (!n && clean[sql_lead(clean)])
                ret->unparsed = ret->statements = 1;
        for (size_t i = 0; i < n; i++) {
                const char *text = arena_strndup(a, clean + parts[i].at, parts[i].len);
                size_t before = sql_lead(text);
                text += before;
                r.at = parts[i].at + before;
                r.len = parts[i].len - (before < parts[i].len ? before : parts[i].len);
                if (is_worth_parsing(text))
                        read_statement(&r, text);
        }
}

const char *sqlddl_expression(struct arena *a, const char *expression)
{
        CLEANUP(sqltree_free) json_t *tree = NULL;
        if (sqltree_parse(arena_printf(a, "SELECT %s", expression), &tree, NULL) < 0)
                return NULL;
        const json_t *s = tree_as(json_object_get(json_array_get(json_object_get(tree, "stmts"), 0), "stmt"), "SelectStmt");
        return tree_render(a, json_object_get(tree_as(json_array_get(json_object_get(s, "targetList"), 0), "ResTarget"), "val"), 0);
}
