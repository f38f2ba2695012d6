#include "lib/sql.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <stdbool.h>
#include <strings.h>
#include <jansson.h>
#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MAX = 256, TREE_DEPTH_MAX = 1024 };

const char *sql_library_version(void)
{
        return "pg_query " PG_VERSION;
}

static int check_size(const char *sql, struct err *err)
{
        if (strnlen(sql, SQL_BYTES_MAX + 1) > SQL_BYTES_MAX)
                return err_set(err, ERR_RANGE, "a statement longer than %d bytes", SQL_BYTES_MAX);
        return 0;
}

static int refuse(const PgQueryError *e, struct err *err)
{
        return err_set(err, ERR_PARSE, "not SQL: %s at %d", e->message, e->cursorpos);
}

int sql_fingerprint(struct arena *a, const char *sql, char **ret_fingerprint, struct err *err)
{
        int r = check_size(sql, err);
        if (r < 0)
                return r;
        PgQueryFingerprintResult res = pg_query_fingerprint(sql);
        if (res.error)
                r = refuse(res.error, err);
        else
                *ret_fingerprint = arena_strdup(a, res.fingerprint_str);
        pg_query_free_fingerprint_result(res);
        return r;
}

int sql_normalize(struct arena *a, const char *sql, char **ret_sql, struct err *err)
{
        int r = check_size(sql, err);
        if (r < 0)
                return r;
        PgQueryNormalizeResult res = pg_query_normalize(sql);
        if (res.error)
                r = refuse(res.error, err);
        else
                *ret_sql = arena_strdup(a, res.normalized_query);
        pg_query_free_normalize_result(res);
        return r;
}

/* ── The tree, as JSON ─────────────────────────────────────────────────────────────────────────────────────────────── */

static void json_free(json_t *j)
{
        json_decref(j);
}
DEFINE_CLEANUP(json_t *, json_free)

static int parse_tree(const char *sql, json_t **ret_tree, struct err *err)
{
        int r = check_size(sql, err);
        if (r < 0)
                return r;
        PgQueryParseResult res = pg_query_parse(sql);
        json_error_t why;
        json_t *tree = NULL;
        if (res.error)
                r = refuse(res.error, err);
        else if (!(tree = json_loads(res.parse_tree, 0, &why)))
                r = err_set(err, ERR_PARSE, "a statement nested too deeply");
        pg_query_free_parse_result(res);
        if (r < 0)
                return r;
        *ret_tree = tree;
        return 0;
}

struct names {
        const char *items[TABLES_MAX];
        size_t len;
};

static void add_name(struct names *names, const char *name)
{
        for (size_t i = 0; i < names->len; i++)
                if (!strcmp(names->items[i], name))
                        return;
        if (names->len < TABLES_MAX)
                names->items[names->len++] = name;
}

static void add_relation(struct arena *a, struct names *tables, const json_t *range_var)
{
        const char *name = json_string_value(json_object_get(range_var, "relname"));
        const char *schema = json_string_value(json_object_get(range_var, "schemaname"));
        if (name)
                add_name(tables, schema ? arena_printf(a, "%s.%s", schema, name) : name);
}

/* RangeVar nodes are recognised by their relname: some stand in the tree without the name of their type. */
static void collect(struct arena *a, const json_t *node, int depth, struct names *tables, struct names *ctes)
{
        const char *key;
        json_t *child;
        size_t i;
        if (depth > TREE_DEPTH_MAX)
                return;
        if (json_is_array(node)) {
                json_array_foreach (node, i, child)
                        collect(a, child, depth + 1, tables, ctes);
                return;
        }
        if (!json_is_object(node))
                return;
        add_relation(a, tables, node);
        if (json_is_string(json_object_get(node, "ctename")))
                add_name(ctes, json_string_value(json_object_get(node, "ctename")));
        json_object_foreach ((json_t *)node, key, child)
                collect(a, child, depth + 1, tables, ctes);
}

static bool has_name(const struct names *names, const char *name)
{
        for (size_t i = 0; i < names->len; i++)
                if (!strcmp(names->items[i], name))
                        return true;
        return false;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int sql_tables(struct arena *a, const char *sql, char **ret_json, struct err *err)
{
        CLEANUP(json_free) json_t *tree = NULL;
        int r = parse_tree(sql, &tree, err);
        if (r < 0)
                return r;
        struct names tables = {0}, ctes = {0};
        collect(a, tree, 0, &tables, &ctes);
        qsort(tables.items, tables.len, sizeof *tables.items, by_name);
        CLEANUP(json_free) json_t *list = json_array();
        for (size_t i = 0; i < tables.len; i++)
                if (!has_name(&ctes, tables.items[i]))
                        json_array_append_new(list, json_string(tables.items[i]));
        char *text = json_dumps(list, JSON_COMPACT);
        *ret_json = arena_strdup(a, text ? text : "[]");
        free(text);
        return 0;
}

const char *sql_kind(const char *sql)
{
        static const char *const kinds[][2] = {
                {"SelectStmt", "select"}, {"InsertStmt", "insert"}, {"UpdateStmt", "update"},
                {"DeleteStmt", "delete"}, {"MergeStmt", "other"},
        };
        CLEANUP(json_free) json_t *tree = NULL;
        if (parse_tree(sql, &tree, NULL) < 0)
                return "other";
        json_t *stmt = json_object_get(json_array_get(json_object_get(tree, "stmts"), 0), "stmt");
        if (!stmt)
                return "other";
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (json_object_get(stmt, kinds[i][0]))
                        return kinds[i][1];
        return "utility";
}

/* ── Forms ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *table_command(struct arena *a, const char *form, json_t *body)
{
        const char *all = NULL;
        json_t *cmd;
        size_t i;
        json_array_foreach(json_object_get(body, "cmds"), i, cmd)
        {
                const char *sub = json_string_value(json_object_get(json_object_get(cmd, "AlterTableCmd"), "subtype"));
                if (!sub || (all && strcmp(all, sub)))
                        return arena_printf(a, "%s/mixed", form);
                all = sub;
        }
        return all ? arena_printf(a, "%s/%s", form, all) : form;
}

int sql_form(struct arena *a, const char *sql, const char **ret_form, struct err *err)
{
        CLEANUP(json_free) json_t *tree = NULL;
        int r = parse_tree(sql, &tree, err);
        if (r < 0)
                return r;
        json_t *stmts = json_object_get(tree, "stmts");
        if (json_array_size(stmts) != 1)
                return err_set(err, ERR_PARSE, "%zu statements where one is expected", json_array_size(stmts));
        const char *name;
        json_t *body;
        json_object_foreach(json_object_get(json_array_get(stmts, 0), "stmt"), name, body)
        {
                const char *form = arena_strdup(a, name);
                *ret_form = table_command(a, form, body);
                return 0;
        }
        return err_set(err, ERR_PARSE, "no statement");
}
