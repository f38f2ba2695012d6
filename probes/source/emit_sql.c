/*
 * Statements and the declared schema as code_* records.
 */
#include "lib/sql.h"
#include "lib/sqlclause.h"
#include "probes/source/emit.h"

#include <string.h>

/* Where the fingerprint, the texts and the clauses of one statement come from does not matter to who reads the row. */
void emit_statement_as(struct source *s, struct sink *k, const struct statement *st, const char *qualname, const char *context)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        const struct sqltext *t = &st->text;
        int line, col;
        file_position(st->file, st->start, &line, &col);
        const char *snippet = file_snippet(s->scratch, st->file, st->start, st->end, 160);
        EMIT(k, "code_statement", TEXT("path", st->file->path), TEXT("module", st->file->module), TEXT("qualname", qualname), INT("line", line),
             INT("col", col), INT("byte_start", st->start), INT("byte_end", st->end), TEXT("sql", t->sql), TEXT("fingerprint", t->fingerprint),
             TEXT("fingerprint_version", t->fingerprint ? sql_library_version() : NULL), TEXT("normalized", t->normalized), TEXT("canonical", t->canonical), TEXT("tables", t->tables),
             TEXT("kind", t->kind), INT("family", t->family), TEXT("holes", t->holes), REAL("confidence", t->confidence),
             maybe_int("site", st->site > 0, st->site), TEXT("origin", st->origin), TEXT("filters", t->filters), TEXT("orders", t->orders),
             maybe_int("limited", t->limited >= 0, t->limited), maybe_int("has_offset", t->has_offset >= 0, t->has_offset),
             maybe_int("offset_line", t->offset_line > 0, t->offset_line), TEXT("comment", t->comment),
             TEXT("shape", t->unshaped ? NULL : t->shape ? t->shape : sqlclause_shape(s->scratch, t->kind, t->tables, t->filters, t->orders, t->extras)), TEXT("projection", t->projection), TEXT("context", context),
             TEXT("snippet_hash", snippet_hash(s->scratch, snippet)));
}

void emit_statements(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->python->statements.len; i++) {
                const struct statement *st = &s->python->statements.items[i];
                emit_statement_as(s, k, st, st->scope->qualname, scope_context(st->scope));
        }
}
