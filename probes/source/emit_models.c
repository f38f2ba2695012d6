/*
 * code_table, code_column, code_index and code_relationship of the models that a file declares.
 */
#include "probes/source/python/orm_model.h"

static struct cell maybe_int(const char *name, bool known, int64_t v)
{
        return known ? INT(name, v) : NONE(name);
}

static void emit_relations(struct sink *k, const struct orm_model *m)
{
        for (size_t i = 0; i < m->relations.len; i++) {
                const struct orm_relation *r = &m->relations.items[i];
                int line, col;
                file_position(r->file, r->file->nodes[r->node].start, &line, &col);
                EMIT(k, "code_relationship", TEXT("model", r->model), TEXT("attribute", r->attribute), TEXT("target_model", r->target), TEXT("lazy", r->lazy),
                     maybe_int("collection", r->collection >= 0, r->collection), TEXT("orm", m->orm), TEXT("path", r->file->path), INT("line", line), INT("col", col));
        }
}

static void emit_table(struct sink *k, const struct orm_model *m)
{
        const struct file *f = m->class->file;
        int line, col;
        file_position(f, f->nodes[m->class->node].start, &line, &col);
        EMIT(k, "code_table", TEXT("table_name", m->table), TEXT("model", m->name), TEXT("orm", m->orm), TEXT("source", "model"), TEXT("path", f->path),
             TEXT("module", f->module), TEXT("qualname", m->class->qualname), INT("line", line), INT("col", col), INT("byte_start", f->nodes[m->class->node].start),
             INT("byte_end", f->nodes[m->class->node].end));
        for (size_t i = 0; i < m->columns.len; i++) {
                const struct orm_column *c = &m->columns.items[i];
                const struct node *n = &c->file->nodes[c->node];
                file_position(c->file, n->start, &line, &col);
                EMIT(k, "code_column", TEXT("table_name", m->table), TEXT("column_name", c->name), TEXT("type", c->type), INT("primary_key", c->primary_key),
                     INT("is_unique", c->unique), INT("indexed", c->indexed || c->unique || c->primary_key), INT("not_null", c->not_null), TEXT("ref_table", c->ref_table),
                     TEXT("ref_column", c->ref_column), TEXT("source", "model"), TEXT("path", c->file->path), INT("line", line), INT("col", col),
                     INT("byte_start", n->start), INT("byte_end", n->end));
        }
        for (size_t i = 0; i < m->indexes.len; i++) {
                const struct orm_index *x = &m->indexes.items[i];
                file_position(x->file, x->file->nodes[x->node].start, &line, &col);
                EMIT(k, "code_index", TEXT("table_name", m->table), TEXT("index_name", x->name), TEXT("columns", x->columns), INT("is_unique", x->unique),
                     TEXT("method", x->method), TEXT("opclass", x->opclass), TEXT("predicate", x->predicate), NONE("definition"), TEXT("source", "model"),
                     TEXT("path", x->file->path), INT("line", line), INT("col", col));
        }
}

void emit_models(struct source *s, struct sink *k)
{
        struct file *f = s->focus;
        if (f->lang != LANG_PYTHON || f->is_migration)
                return;
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *class = f->scopes.items[i];
                const struct orm_model *m = class->kind == SCOPE_CLASS ? orm_model_of(class) : NULL;
                if (!m || (!m->table && !m->relations.len))
                        continue;
                emit_relations(k, m);
                if (m->table)
                        emit_table(k, m);
        }
}
