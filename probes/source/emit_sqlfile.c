/*
 * Files of statements that a program reads and sends (old_orders.sql, the queries of aiosql): each SELECT, and each change that takes a parameter,
 * so that a captured statement is found in the file. Schema files, dumps and migrations are none of them.
 */
#include "lib/sql.h"
#include "probes/source/emit.h"
#include "probes/source/schema.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { STATEMENTS_MAX = 300, BYTES_MAX = 1 << 18 };

static bool is_dml(const char *text)
{
        static const char *const words[] = {"select", "insert", "update", "delete", "with"};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (!strncasecmp(text, words[i], strlen(words[i])) && !isalnum((unsigned char)text[strlen(words[i])]))
                        return true;
        return false;
}

/* Data that is loaded is written with constants. */
static bool is_sent(const struct sqltext *t)
{
        return t->tables && strcmp(t->tables, "[]") && (!strcmp(t->kind, "select") || strstr(t->sql, "$1"));
}

/* "-- name: by_mail^" above a statement */
static const char *name_of(struct arena *a, const char *before, size_t len)
{
        static const char mark[] = "-- name:";
        const char *at = NULL;
        for (const char *p = before; (p = memmem(p, len - (size_t)(p - before), mark, sizeof mark - 1)); p++)
                at = p;
        if (!at)
                return NULL;
        at += sizeof mark - 1;
        at += strspn(at, " ");
        size_t n = 0;
        while (isalnum((unsigned char)at[n]) || at[n] == '_')
                n++;
        return n ? arena_strndup(a, at, n) : NULL;
}

static void emit_part(struct source *s, struct sink *k, const char *script, size_t at, size_t len)
{
        const struct file *f = s->focus;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        size_t lead = sql_lead(script + at);
        if (lead >= len || !is_dml(script + at + lead))
                return;
        uint32_t start = (uint32_t)(at + lead), end = (uint32_t)(at + len);
        struct sqltext t;
        if (!sqltext_read(s->scratch, arena_strndup(s->scratch, script + start, end - start), f, start, end, &t) || !is_sent(&t))
                return;
        struct statement st = {.file = s->focus, .start = start, .end = end, .origin = "file", .text = t};
        emit_statement_as(s, k, &st, name_of(s->scratch, script + at, lead), "module");
}

void emit_sqlfile(struct source *s, struct sink *k, const struct schema_ops *ops)
{
        const struct file *f = s->focus;
        if (f->lang != LANG_SQL || ops->len || !f->bytes || f->note || f->len > BYTES_MAX || sqlfile_is_other(f))
                return;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        const char *script = sql_script_clean(s->scratch, arena_strndup(s->scratch, f->bytes, f->len));
        struct sql_part *parts;
        size_t n = sql_parts(s->scratch, script, STATEMENTS_MAX, &parts);
        for (size_t i = 0; i < n; i++)
                emit_part(s, k, script, parts[i].at, parts[i].len);
}
