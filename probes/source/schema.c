/*
 * What the readers share: the order of files, and what an earlier statement of the same file means for a later one.
 */
#include "probes/source/schema.h"
#include "probes/source/python/python.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Create Date: 2022-04-25 03:26:29, as Alembic writes it into the docstring. */
static const char *creation_date(const struct file *f)
{
        static const char mark[] = "Create Date: ";
        const char *at = f->bytes ? memmem(f->bytes, f->len < 2000 ? f->len : 2000, mark, sizeof mark - 1) : NULL;
        if (!at || at + sizeof mark + 18 > f->bytes + f->len || !isdigit((unsigned char)at[sizeof mark - 1]))
                return NULL;
        return arena_strndup(f->source->scratch, at + sizeof mark - 1, 19);
}

const char *schema_seq(const struct file *f)
{
        CLEANUP(str_release) struct str out = {0};
        const char *date = f->lang == LANG_PYTHON ? creation_date(f) : NULL;
        if (date)
                return date;
        for (const char *p = f->path; *p;) {
                size_t n = strspn(p, "0123456789");
                if (!n) {
                        str_add_char(&out, *p++);
                        continue;
                }
                for (size_t pad = n; pad < 14; pad++)
                        str_add_char(&out, '0');
                str_add_len(&out, p, n);
                p += n;
        }
        return arena_strdup(f->source->scratch, str_text(&out));
}

/* delta/12/, 2025-05-28/, v2.1/ are parts of one series of migrations. */
const char *schema_series(const struct file *f)
{
        char *series = arena_strdup(f->source->scratch, f->folder);
        for (;;) {
                char *slash = strrchr(series, '/'), *name = slash ? slash + 1 : series;
                if (!*name || strspn(name, "0123456789.-_v") != strlen(name))
                        return series;
                *(slash ? slash : series) = '\0';
        }
}

struct schema_op *schema_add(struct schema_ops *ops, struct file *f, const struct ddl *ddl, uint32_t start, uint32_t end, const char *framework)
{
        struct schema_op op = {.ddl = *ddl, .file = f, .start = start, .end = end, .framework = framework, .in_transaction = -1,
                               .source = framework ? "migration" : "sql_file"};
        for (size_t i = 0; i < ops->len; i++) {
                const struct ddl *earlier = &ops->items[i].ddl;
                op.lock_timeout |= !strcmp(earlier->op, "lock_timeout");
                op.new_table |= !strcmp(earlier->op, "create table") && ddl->table && !strcmp(earlier->table, ddl->table);
                if (!strcmp(earlier->op, "begin"))
                        op.in_transaction = 1;
                else if (!strcmp(earlier->op, "commit"))
                        op.in_transaction = 0;
        }
        struct schema_op *kept = vec_push(f->source->scratch, ops);
        *kept = op;
        return kept;
}

static int by_place(const void *a, const void *b)
{
        const struct schema_op *x = a, *y = b;
        return x->start != y->start ? (x->start > y->start) - (x->start < y->start) : 0;
}

/* Readers come one after the other, but a file is done in the order of its text. */
static void sort(struct schema_ops *ops)
{
        if (ops->len > 1)
                qsort(ops->items, ops->len, sizeof *ops->items, by_place);
        for (size_t i = 0; i < ops->len; i++)
                for (size_t k = 0; k < i && ops->items[i].ddl.table; k++)
                        ops->items[i].new_table |= !strcmp(ops->items[k].ddl.op, "create table") && !strcmp(ops->items[k].ddl.table, ops->items[i].ddl.table);
        bool timeout = false;
        for (size_t i = 0; i < ops->len; i++) {
                ops->items[i].lock_timeout |= timeout;
                timeout |= !strcmp(ops->items[i].ddl.op, "lock_timeout");
        }
}

void schema_find(struct file *f, struct schema_ops *ret)
{
        if (f->lang == LANG_SQL)
                sqlfile_find(f, ret);
        if (f->lang != LANG_PYTHON || !f->node_count)
                return;
        alembic_find(f, ret);
        django_migration_find(f, ret);
        peewee_migration_find(f, ret);
        ddltext_find(f, ret);
        sort(ret);
}
