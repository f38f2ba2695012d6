/*
 * The schema that SQL files, migrations and texts of DDL in the code declare: a row for what each statement creates, in code_table,
 * code_column and code_index, and one in code_ddl for what it does. Each file by itself: what a later file drops or renames is taken
 * away by the fact views, which order files by `seq` (schema.h).
 */
#include "lib/sql.h"
#include "probes/source/emit.h"
#include "probes/source/schema.h"

#include <string.h>

struct place {
        int line, col;
};

static struct place place_of(const struct file *f, uint32_t byte)
{
        struct place p;
        file_position(f, byte, &p.line, &p.col);
        return p;
}

static void emit_column(struct sink *k, const struct schema_op *op, const struct ddl_column *c, const char *seq)
{
        const struct file *f = op->file;
        struct place at = place_of(f, op->exact && c->at > 0 ? op->start + (uint32_t)c->at : op->start);
        EMIT(k, "code_column", TEXT("table_name", op->ddl.table), TEXT("column_name", c->name), TEXT("type", c->type), INT("primary_key", c->primary_key),
             INT("is_unique", c->unique), INT("indexed", c->primary_key || c->unique), INT("not_null", c->not_null), TEXT("ref_table", c->ref_table),
             TEXT("ref_column", c->ref_column), TEXT("source", op->source), TEXT("path", f->path), INT("line", at.line), INT("col", at.col),
             INT("byte_start", op->start), INT("byte_end", op->end), TEXT("seq", seq));
}

static void emit_index(struct sink *k, const struct schema_op *op, const struct ddl_index *x, const char *seq)
{
        const struct file *f = op->file;
        struct place at = place_of(f, op->start);
        EMIT(k, "code_index", TEXT("table_name", op->ddl.table), TEXT("index_name", x->name), TEXT("columns", x->columns), INT("is_unique", x->unique),
             TEXT("method", x->method), TEXT("opclass", x->opclass), TEXT("predicate", x->predicate), TEXT("source", op->source), TEXT("path", f->path),
             INT("line", at.line), INT("col", at.col), TEXT("seq", seq));
}

static void emit_ddl(struct source *s, struct sink *k, const struct schema_op *op, const char *seq)
{
        const struct file *f = op->file;
        const struct ddl *d = &op->ddl;
        struct place at = place_of(f, op->start);
        const char *snippet = file_snippet(s->scratch, f, op->start, op->end, 160);
        const struct ddl_column *c = d->cols.len ? &d->cols.items[0] : NULL;
        EMIT(k, "code_ddl", TEXT("op", d->op), TEXT("table_name", d->table), TEXT("columns", d->columns), TEXT("object", d->object), TEXT("type", d->type),
             INT("concurrently", d->concurrently), maybe_int("in_transaction", op->in_transaction >= 0, op->in_transaction), INT("not_valid", d->not_valid),
             INT("using_index", d->using_index), INT("new_table", op->new_table), INT("lock_timeout", op->lock_timeout),
             maybe_int("has_default", c != NULL, c && c->has_default), maybe_int("not_null", c != NULL, c && c->not_null),
             maybe_int("volatile_default", c != NULL, c && c->volatile_default), TEXT("framework", op->framework), TEXT("path", f->path), TEXT("module", f->module),
             TEXT("qualname", op->qualname), INT("line", at.line), INT("col", at.col), INT("byte_start", op->start), INT("byte_end", op->end),
             TEXT("snippet", snippet), TEXT("snippet_hash", snippet_hash(s->scratch, snippet)), TEXT("seq", seq), TEXT("series", schema_series(f)));
}

static void emit_op(struct source *s, struct sink *k, const struct schema_op *op, const char *seq)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        const struct ddl *d = &op->ddl;
        struct place at = place_of(op->file, op->start);
        if (!strcmp(d->op, "create table"))
                EMIT(k, "code_table", TEXT("table_name", d->table), TEXT("orm", "sql"), TEXT("source", op->source), TEXT("path", op->file->path),
                     TEXT("module", op->file->module), TEXT("qualname", op->qualname), INT("line", at.line), INT("col", at.col), INT("byte_start", op->start),
                     INT("byte_end", op->end), INT("partial", d->partial), TEXT("seq", seq));
        for (size_t i = 0; d->table && i < d->cols.len; i++)
                emit_column(k, op, &d->cols.items[i], seq);
        for (size_t i = 0; d->table && i < d->indexes.len; i++)
                if (!d->using_index)
                        emit_index(k, op, &d->indexes.items[i], seq);
        if (strcmp(d->op, "create table") || op->framework)
                emit_ddl(s, k, op, seq);
}

void emit_schema(struct source *s, struct sink *k)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct schema_ops ops = {0};
        schema_find(s->focus, &ops);
        const char *seq = schema_seq(s->focus);
        for (size_t i = 0; i < ops.len; i++)
                emit_op(s, k, &ops.items[i], seq);
        emit_sqlfile(s, k, &ops);
}
