/*
 * DDL in the texts of Python code: what a program creates when it starts, and what migrations send as text (op.execute, RunSQL,
 * migrator.sql). A text with holes says nothing for certain and is left out.
 */
#include "probes/source/python/python.h"
#include "probes/source/schema.h"

#include <string.h>

static bool declares(const struct statement *st)
{
        return st->text.kind && !strcmp(st->text.kind, "utility") && !st->text.holes && !strcmp(st->origin, "text");
}

/* What takes a migration back. */
static bool is_way_back(const struct scope *s)
{
        return s->name && (!strcmp(s->name, "downgrade") || !strcmp(s->name, "rollback") || !strcmp(s->name, "backwards") || !strcmp(s->name, "step_back"));
}

/* The innermost string that begins at or before a byte and goes beyond it. */
static uint32_t string_at(const struct file *f, uint32_t at)
{
        uint32_t found = NO_NODE;
        for (uint32_t n = 0; n < f->node_count && f->nodes[n].start <= at; n++)
                if (f->nodes[n].kind == PY_string && f->nodes[n].start <= at && at < f->nodes[n].end)
                        found = n;
        return found;
}

/* step("...", "the way back"), RunSQL("...", reverse_sql="...") */
static bool is_second_of_pair(struct file *f, uint32_t at)
{
        uint32_t n = string_at(f, at);
        while (n != NO_NODE && n && f->nodes[f->nodes[n].parent].kind != PY_argument_list)
                n = f->nodes[n].parent;
        if (n == NO_NODE || !n)
                return false;
        uint32_t list = f->nodes[n].parent, function = node_field(f, f->nodes[list].parent, F_function);
        if (f->nodes[n].kind == PY_keyword_argument) {
                const char *name = node_text(f, node_field(f, n, F_name));
                return !strcmp(name, "reverse_sql") || !strcmp(name, "rollback") || !strcmp(name, "downgrade") || !strcmp(name, "reverse");
        }
        if (function == NO_NODE || node_first(f, list) == n || node_next(f, node_first(f, list)) != n)
                return false;
        const char *name = node_text(f, f->nodes[function].kind == PY_attribute ? node_field(f, function, F_attribute) : function);
        return !strcmp(name, "step") || !strcmp(name, "RunSQL");
}

/* The text stands in the file as it is: no escapes, no pieces. */
static bool is_verbatim(const struct file *f, const struct statement *st)
{
        size_t n = strlen(st->text.sql);
        return st->end - st->start == n && !memcmp(f->bytes + st->start, st->text.sql, n);
}

/* ── Declared by keywords ──────────────────────────────────────────────────────────────────────────────────────────── */

/* create_index_later(index_name="x", table="t", columns=["a", "b"]): a helper of the project that builds the text. */
static void add_by_keywords(struct file *f, struct scope *scope, uint32_t call, struct schema_ops *ops)
{
        struct arena *a = f->source->scratch;
        uint32_t table = call_argument(f, call, "table", -1), columns = call_argument(f, call, "columns", -1), name = call_argument(f, call, "index_name", -1);
        if (table == NO_NODE)
                table = call_argument(f, call, "table_name", -1);
        if (table == NO_NODE || columns == NO_NODE || name == NO_NODE || f->nodes[columns].kind != PY_list)
                return;
        struct value t = eval(scope, table), n = eval(scope, name);
        const char *names[16];
        size_t count = 0;
        EACH_CHILD(f, columns, c)
        {
                struct value v = eval(scope, c);
                if (v.kind != V_TEXT || v.holes || count == 16)
                        return;
                const char *text = sqlddl_expression(a, v.text);
                names[count++] = text ? text : v.text;
        }
        if (t.kind != V_TEXT || t.holes || n.kind != V_TEXT || n.holes || !count)
                return;
        struct ddl d = {.op = "create index", .table = t.text, .object = n.text, .columns = sqlddl_names(a, names, count), .concurrently = true};
        *vec_push(a, &d.indexes) = (struct ddl_index){.name = n.text, .columns = d.columns, .method = "btree"};
        schema_add(ops, f, &d, f->nodes[call].start, f->nodes[call].end, NULL);
}

static void find_by_keywords(struct file *f, struct schema_ops *ops)
{
        static const char word[] = "index_name";
        if (!memmem(f->bytes, f->len, word, sizeof word - 1))
                return;
        for (uint32_t n = 0; n < f->node_count; n++)
                if (f->nodes[n].kind == PY_call && call_argument(f, n, word, -1) != NO_NODE)
                        add_by_keywords(f, scope_at(f, n), n, ops);
}

void ddltext_find(struct file *f, struct schema_ops *ops)
{
        struct python *p = f->source->python;
        for (size_t i = 0; i < p->statements.len; i++) {
                const struct statement *st = &p->statements.items[i];
                if (!declares(st) || st->file != f || is_way_back(st->scope))
                        continue;
                if (f->is_migration && is_second_of_pair(f, st->start))
                        continue;
                size_t before = ops->len;
                schema_add_script(ops, f, st->text.sql, st->start, st->end, is_verbatim(f, st), f->is_migration ? "python" : NULL);
                for (size_t n = before; n < ops->len; n++)
                        ops->items[n].qualname = st->scope->qualname;
        }
        find_by_keywords(f, ops);
}
