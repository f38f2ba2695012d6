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

/* ── Placeholders ──────────────────────────────────────────────────────────────────────────────────────────────────── */

enum { NAMES_MAX = 512 };

struct converter {
        struct arena *arena;
        const char *p;
        char *out;
        size_t len;
        int next;               /* number of the next $n */
        bool question_marks;    /* ? is a placeholder: no other kind was seen */
        struct {
                const char *name;
                size_t len;
                int number;
        } names[NAMES_MAX];
        size_t name_count;
};

static bool is_word(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

/* The length of a quoted string, identifier, dollar quote or comment at p; 0 when there is none. */
static size_t skip_quoted(const char *start, const char *p)
{
        const char *q = p + 1;
        if (*p == '\'' || *p == '"') {
                bool escapes = *p == '\'' && p > start && (p[-1] == 'E' || p[-1] == 'e') && (p - 1 == start || !is_word(p[-2]));
                for (; *q; q++) {
                        if (escapes && *q == '\\' && q[1])
                                q++;
                        else if (*q == *p && q[1] == *p)
                                q++;
                        else if (*q == *p)
                                return (size_t)(q + 1 - p);
                }
                return (size_t)(q - p);
        }
        if (p[0] == '-' && p[1] == '-')
                return strcspn(p, "\n");
        if (p[0] == '/' && p[1] == '*') {
                const char *end = strstr(p + 2, "*/");
                return end ? (size_t)(end + 2 - p) : strlen(p);
        }
        if (*p == '$' && (p == start || !is_word(p[-1]))) {
                while (is_word(*q))
                        q++;
                if (*q != '$' || isdigit((unsigned char)p[1]))
                        return 0;
                size_t tag = (size_t)(q + 1 - p);
                for (q++; *q; q++)
                        if (!strncmp(q, p, tag))
                                return (size_t)(q + tag - p);
                return (size_t)(q - p);
        }
        return 0;
}

/* What stands at p: the length of a placeholder, its name in *name (empty: positional), or 0. */
static size_t placeholder_at(const char *start, const char *p, bool question_marks, const char **name, size_t *name_len)
{
        *name = p;
        *name_len = 0;
        if (*p == '%' && p[1] && strchr("sbt", p[1]) && !is_word(p[2]))
                return 2;
        if (*p == '%' && p[1] == '(') {
                const char *end = memchr(p, ')', strnlen(p, 128));
                if (!end || !end[1] || !strchr("sbt", end[1]))
                        return 0;
                *name = p + 2;
                *name_len = (size_t)(end - p - 2);
                return (size_t)(end + 2 - p);
        }
        if (*p == ':' && (isalpha((unsigned char)p[1]) || p[1] == '_') && (p == start || (p[-1] != ':' && !is_word(p[-1]) && p[-1] != ']'))) {
                *name = p + 1;
                while (is_word((*name)[*name_len]))
                        ++*name_len;
                return *name_len + 1;
        }
        if (question_marks && *p == '?' && p[1] != '|' && p[1] != '&' && p[1] != '?' && (p == start || p[-1] != '?'))
                return 1;
        return 0;
}

/* Which kinds are used, and the largest $n. */
static void survey(struct converter *c, const char *sql)
{
        const char *name;
        size_t len;
        c->question_marks = true;
        for (const char *p = sql; *p;) {
                size_t n = skip_quoted(sql, p);
                if (!n && *p == '$' && isdigit((unsigned char)p[1])) {
                        int number = atoi(p + 1);
                        c->question_marks = false;
                        if (number >= c->next && number < 65536)
                                c->next = number + 1;
                }
                if (!n && placeholder_at(sql, p, false, &name, &len))
                        c->question_marks = false;
                p += n ? n : 1;
        }
}

static int number_of(struct converter *c, const char *name, size_t len)
{
        for (size_t i = 0; len && i < c->name_count; i++)
                if (c->names[i].len == len && !strncmp(c->names[i].name, name, len))
                        return c->names[i].number;
        if (len && c->name_count < NAMES_MAX) {
                c->names[c->name_count].name = name;
                c->names[c->name_count].len = len;
                c->names[c->name_count++].number = c->next;
        }
        return c->next++;
}

/* Drivers expand a tuple after IN and rows after VALUES: there $n alone would not parse. */
static bool wants_parentheses(const struct converter *c)
{
        size_t end = c->len;
        while (end && isspace((unsigned char)c->out[end - 1]))
                end--;
        size_t begin = end;
        while (begin && is_word(c->out[begin - 1]))
                begin--;
        size_t n = end - begin;
        return (n == 2 && !strncasecmp(c->out + begin, "in", 2)) || (n == 6 && !strncasecmp(c->out + begin, "values", 6));
}

char *sql_convert_placeholders(struct arena *a, const char *sql)
{
        size_t len = strlen(sql), cap = len * 4 + 32; /* a placeholder of one byte becomes at most ($65535) */
        struct converter *c = arena_new_of(a, struct converter);
        c->arena = a;
        c->next = 1;
        c->out = arena_alloc(a, len > SQL_BYTES_MAX ? len + 1 : cap * 2);
        if (len > SQL_BYTES_MAX)
                return memcpy(c->out, sql, len + 1);
        survey(c, sql);
        for (const char *p = sql; *p;) {
                const char *name;
                size_t name_len, n = skip_quoted(sql, p);
                if (n) {
                        memcpy(c->out + c->len, p, n);
                        c->len += n;
                } else if ((n = placeholder_at(sql, p, c->question_marks, &name, &name_len))) {
                        bool parens = wants_parentheses(c);
                        c->len += (size_t)sprintf(c->out + c->len, parens ? "($%d)" : "$%d", number_of(c, name, name_len));
                } else {
                        n = (p[0] == '%' && p[1] == '%') || (c->question_marks && p[0] == '?' && p[1] == '?') ? 2 : 1;
                        c->out[c->len++] = *p;
                }
                p += n;
        }
        c->out[c->len] = '\0';
        return c->out;
}

char *sql_comment(struct arena *a, const char *sql)
{
        for (const char *p = sql; *p;) {
                size_t n = skip_quoted(sql, p);
                if (n > 4 && *p == '/') {
                        char *text = arena_strndup(a, p + 2, n - 4);
                        if (strstr(text, "='"))
                                return text;
                }
                p += n ? n : 1;
        }
        return NULL;
}
