/*
 * SQL in the source: what an execute call is given, followed to its texts, and texts that no known call sends. An f-string keeps its
 * unknown parts as holes (sqltext.c). A name that is assigned in alternatives stands for each text that may hold there.
 */
#include "probes/source/python/python.h"

#include <ctype.h>
#include <string.h>

enum { ALTERNATIVES_MAX = 6 };

static bool is_known(struct source *s, const struct file *f, uint32_t start, uint32_t end)
{
        for (size_t i = 0; i < s->python->statements.len; i++) {
                struct statement *st = &s->python->statements.items[i];
                if (st->file == f && st->start <= start && end <= st->end)
                        return true;
        }
        return false;
}

static void keep(struct source *s, struct sqltext *t)
{
        const char **texts[] = {&t->sql, &t->fingerprint, &t->normalized, &t->canonical, &t->tables, &t->filters, &t->orders, &t->comment, &t->projection, &t->extras};
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                *texts[i] = arena_strdup(s->arena, *texts[i]);
}

/* The text of a value, as the statement that `node` sends; NULL when it is no SQL. */
static struct statement *add_text(struct source *s, struct scope *scope, uint32_t node, const struct value *v, int64_t site)
{
        struct statement st = {.file = v->decided_in ? v->decided_in : scope->file, .scope = scope, .origin = "text", .site = site};
        st.start = v->decided_in ? v->start : scope->file->nodes[node].start;
        st.end = v->decided_in ? v->end : scope->file->nodes[node].end;
        if (!site && is_known(s, st.file, st.start, st.end))
                return NULL;
        if (!sqltext_read(s->scratch, v->text, st.file, st.start, st.end, &st.text))
                return NULL;
        keep(s, &st.text);
        struct statement *kept = vec_push(s->arena, &s->python->statements);
        *kept = st;
        return kept;
}

static bool encloses(const struct file *f, uint32_t block, uint32_t at)
{
        return f->nodes[block].start <= at && at < f->nodes[block].end;
}

/* Another assignment comes after b and always runs before what stands at `at`. */
static bool is_overwritten(const struct scope *s, size_t b, uint32_t at)
{
        const struct binding *first = &s->bindings.items[b];
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *later = &s->bindings.items[i];
                if (later->name == first->name && later->kind != B_OTHER && later->at > first->at && later->at < at &&
                    (later->block == first->block || encloses(s->file, later->block, at)))
                        return true;
        }
        return false;
}

/* query += "..." between an assignment and its use. */
static bool is_appended(const struct scope *s, const struct binding *b, uint32_t at)
{
        for (size_t i = 0; i < s->bindings.len; i++) {
                const struct binding *other = &s->bindings.items[i];
                if (other->name == b->name && other->kind == B_OTHER && other->item != -2 && other->at > b->at && other->at < at)
                        return true;
        }
        return false;
}

/* Texts that a local name may stand for; true when there is one. */
static bool add_alternatives(struct source *s, struct scope *scope, uint32_t node, int64_t site)
{
        struct file *f = scope->file;
        uint32_t at = f->nodes[node].start;
        bool any = false;
        const char *name = intern(s, f->bytes + at, f->nodes[node].end - at);
        for (size_t i = 0, tried = 0; i < scope->bindings.len && tried < ALTERNATIVES_MAX; i++) {
                const struct binding *b = &scope->bindings.items[i];
                if (b->name != name || b->kind != B_ASSIGN || b->value == NO_NODE || b->item >= 0 || b->at >= at || is_overwritten(scope, i, at))
                        continue;
                struct value v = eval(scope, b->value);
                tried++;
                if (v.kind != V_TEXT || v.ambiguous)
                        continue;
                if (is_appended(scope, b, at)) {
                        v.text = arena_printf(s->scratch, "%s %c", v.text, HOLE);
                        v.holes = true;
                }
                any |= add_text(s, scope, b->value, &v, site) != NULL;
        }
        return any;
}

void statement_add(struct source *s, struct scope *scope, uint32_t expression, int64_t site)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct value v = eval(scope, expression);
        if (v.kind == V_TEXT && !v.ambiguous)
                add_text(s, scope, expression, &v, site);
        else if (scope->file->nodes[expression].kind == PY_identifier)
                add_alternatives(s, scope, expression, site);
}

/* ── Texts that no known call sends ────────────────────────────────────────────────────────────────────────────────── */

static bool is_docstring(const struct file *f, uint32_t n)
{
        return f->nodes[f->nodes[n].parent].kind == PY_expression_statement;
}

struct scope *scope_at(struct file *f, uint32_t n)
{
        struct scope *best = f->scope;
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *s = f->scopes.items[i];
                if (s->node < n && n < f->nodes[s->node].after && s->node >= best->node)
                        best = s;
        }
        return best;
}

/* "Select a channel" is for people: SQL is written SELECT or select. */
static bool is_prose(const char *text)
{
        while (!isalpha((unsigned char)*text) && *text)
                text++;
        return isupper((unsigned char)text[0]) && islower((unsigned char)text[1]);
}

/* `query = "..."`, and later `query += ...` */
static bool is_appended_later(const struct scope *s, uint32_t n)
{
        struct file *f = s->file;
        for (size_t i = 0; i < s->bindings.len; i++)
                if (s->bindings.items[i].kind == B_ASSIGN && s->bindings.items[i].value == n)
                        return is_appended(s, &s->bindings.items[i], f->nodes[s->node].end);
        return false;
}

static void add_end(struct file *f, struct scope *scope, uint32_t n)
{
        struct source *s = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct value v = eval(scope, n);
        struct statement st = {.file = f, .scope = scope, .origin = "end", .start = v.start, .end = v.end};
        if (v.kind != V_TEXT || v.ambiguous || !sqltext_read_end(s->scratch, v.text, f, v.start, v.end, &st.text))
                return;
        keep(s, &st.text);
        *vec_push(s->arena, &s->python->statements) = st;
}

static void add_unsent(struct file *f, uint32_t n)
{
        struct source *s = f->source;
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct scope *scope = scope_at(f, n);
        struct value v = eval(scope, n);
        if (v.kind != V_TEXT || v.ambiguous || is_prose(v.text))
                return;
        if (is_appended_later(scope, n)) {
                v.text = arena_printf(s->scratch, "%s %c", v.text, HOLE);
                v.holes = true;
        }
        struct statement *st = add_text(s, scope, n, &v, 0);
        if (!st)
                return;
        st->text.confidence *= 0.6;
        bool lower = islower((unsigned char)v.text[strspn(v.text, " \n\t(")]);
        bool sets = f->is_migration && strcasestr(st->text.sql, "_timeout"); /* what the statements after it wait */
        if (((!st->text.tables || !strcmp(st->text.tables, "[]")) && !sets) || (lower && st->text.holes && !strchr(v.text, '\n')))
                s->python->statements.len--; /* "select 1", or a word that is also a verb */
}

void statements_rest(struct file *f)
{
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint8_t kind = f->nodes[n].kind;
                if (kind != PY_string && kind != PY_concatenated_string)
                        continue;
                uint32_t skip = f->nodes[n].after - 1, start = f->nodes[n].start;
                const char *quote = memchr(f->bytes + start, '"', f->nodes[n].end - start);
                if (!quote)
                        quote = memchr(f->bytes + start, '\'', f->nodes[n].end - start);
                size_t left = quote ? (size_t)(f->bytes + f->nodes[n].end - quote) : 0, lead = quote ? strspn(quote, "\"' \n\t(") : 0;
                if (left > lead + 8 && sqltext_looks_like_sql(quote + lead) && !is_docstring(f, n) && !is_known(f->source, f, start + 1, f->nodes[n].end - 1))
                        add_unsent(f, n);
                else if (left > lead + 8 && (str_starts(quote + lead, "LIMIT") || str_starts(quote + lead, "OFFSET") || str_starts(quote + lead, "ORDER")))
                        add_end(f, scope_at(f, n), n);
                n = skip;
        }
}
