/*
 * SQL in the source: what an execute call is given, followed to its text, placeholders converted, and fingerprinted. An f-string
 * keeps its unknown parts as holes, tried as a value, a name, and nothing: then the fingerprint names a family.
 */
#include "lib/sql.h"
#include "probes/source/python/python.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { STATEMENT_BYTES_MAX = 20000 };

static const char *filled(struct arena *a, const char *text, const char *with)
{
        char *out = arena_alloc(a, strlen(text) * (strlen(with) + 1) + 1), *o = out;
        for (const char *p = text; *p; p++) {
                if (*p == HOLE || *p == HOLE_PROGRAM)
                        o = stpcpy(o, with);
                else
                        *o++ = *p;
        }
        *o = '\0';
        return out;
}

static bool parse(struct arena *a, const char *text, struct statement *st)
{
        char *fp, *tables = NULL, *normalized = NULL;
        const char *sql = sql_convert_placeholders(a, text);
        if (sql_fingerprint(a, sql, &fp, NULL) < 0)
                return false;
        st->sql = sql;
        st->fingerprint = fp;
        st->kind = sql_kind(sql);
        if (sql_normalize(a, sql, &normalized, NULL) == 0)
                st->normalized = normalized;
        if (sql_tables(a, sql, &tables, NULL) == 0)
                st->tables = tables;
        return true;
}

static bool looks_like_sql(const char *text)
{
        static const char *const verbs[] = {"select", "insert", "update", "delete", "with", "create", "alter", "drop", "truncate", "lock", "merge",
                                            "begin", "commit", "set", "call", "copy", "refresh", "notify", "listen", "vacuum", "analyze", "explain", "values"};
        while (isspace((unsigned char)*text) || *text == '(')
                text++;
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
                size_t n = strlen(verbs[i]);
                if (!strncasecmp(text, verbs[i], n) && !isalnum((unsigned char)text[n]) && text[n] != '_')
                        return true;
        }
        return false;
}

/* A hole after an operator stands for a value; after a word it may be anything that the grammar takes there. */
static bool holes_are_values(const char *text)
{
        static const char *const words[] = {"like", "limit", "offset", "interval"};
        for (const char *p = text; (p = strchr(p, HOLE)); p++) {
                const char *before = p;
                while (before > text && isspace((unsigned char)before[-1]))
                        before--;
                if (before > text && strchr("=<>'%", before[-1]))
                        continue;
                bool known = false;
                for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
                        size_t n = strlen(words[i]);
                        known |= before >= text + n && !strncasecmp(before - n, words[i], n);
                }
                if (!known)
                        return false;
        }
        return true;
}

static bool understand(struct arena *a, const struct value *v, struct statement *st)
{
        static const struct {
                const char *with, *holes;
                double confidence;
        } tries[] = {{"$1", "value", 0.7}, {"hole_", "identifier", 0.5}, {"", "clause", 0.4}};
        if (strlen(v->text) > STATEMENT_BYTES_MAX || !looks_like_sql(v->text))
                return false;
        if (!strpbrk(v->text, "\001\002")) {
                st->family = v->holes;
                st->holes = v->holes ? "value" : NULL; /* % formatting: its %s count as values */
                st->confidence = v->holes ? 0.7 : 1.0;
                return parse(a, v->text, st);
        }
        st->family = true;
        for (size_t i = 0; i < 3; i++)
                if (parse(a, filled(a, v->text, tries[i].with), st)) {
                        st->holes = !i && !holes_are_values(v->text) ? "clause" : tries[i].holes;
                        st->confidence = tries[i].confidence;
                        return true;
                }
        return false;
}

static bool is_known(struct source *s, const struct file *f, uint32_t start, uint32_t end)
{
        for (size_t i = 0; i < s->python->statements.len; i++) {
                struct statement *st = &s->python->statements.items[i];
                if (st->file == f && st->start <= start && end <= st->end)
                        return true;
        }
        return false;
}

static bool add(struct source *s, struct scope *scope, uint32_t expression, int64_t site)
{
        CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
        struct value v = eval(scope, expression);
        if (v.kind != V_TEXT || v.ambiguous)
                return false;
        struct statement st = {.file = v.decided_in ? v.decided_in : scope->file, .scope = scope, .site = site};
        st.start = v.decided_in ? v.start : scope->file->nodes[expression].start;
        st.end = v.decided_in ? v.end : scope->file->nodes[expression].end;
        if (is_known(s, st.file, st.start, st.end) && !site)
                return false;
        if (!understand(s->scratch, &v, &st))
                return false;
        st.sql = arena_strdup(s->arena, st.sql);
        st.fingerprint = arena_strdup(s->arena, st.fingerprint);
        st.normalized = arena_strdup(s->arena, st.normalized);
        st.tables = arena_strdup(s->arena, st.tables);
        *vec_push(s->arena, &s->python->statements) = st;
        return true;
}

void statement_add(struct source *s, struct scope *scope, uint32_t expression, int64_t site)
{
        add(s, scope, expression, site);
}

static bool is_docstring(const struct file *f, uint32_t n)
{
        return f->nodes[f->nodes[n].parent].kind == PY_expression_statement;
}

static struct scope *innermost(struct file *f, uint32_t n)
{
        struct scope *best = f->scope;
        for (size_t i = 0; i < f->scopes.len; i++) {
                struct scope *s = f->scopes.items[i];
                if (s->node < n && n < f->nodes[s->node].after && s->node >= best->node)
                        best = s;
        }
        return best;
}

void statements_rest(struct file *f)
{
        struct source *s = f->source;
        for (uint32_t n = 0; n < f->node_count; n++) {
                uint8_t kind = f->nodes[n].kind;
                if (kind != PY_string && kind != PY_concatenated_string)
                        continue;
                uint32_t skip = f->nodes[n].after - 1, start = f->nodes[n].start;
                const char *quote = memchr(f->bytes + start, '"', f->nodes[n].end - start);
                if (!quote)
                        quote = memchr(f->bytes + start, '\'', f->nodes[n].end - start);
                size_t left = quote ? (size_t)(f->bytes + f->nodes[n].end - quote) : 0, lead = quote ? strspn(quote, "\"' \n\t(") : 0;
                if (left > lead + 8 && looks_like_sql(quote + lead) && !is_docstring(f, n) && !is_known(s, f, start + 1, f->nodes[n].end - 1)) {
                        if (add(s, innermost(f, n), n, 0)) {
                                struct statement *st = &s->python->statements.items[s->python->statements.len - 1];
                                st->confidence *= 0.6;
                                if (!st->tables || !strcmp(st->tables, "[]"))
                                        s->python->statements.len--; /* "select 1", or a word that is also a verb */
                        }
                }
                n = skip;
        }
}
