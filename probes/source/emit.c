/*
 * From what was found to code_* records. A pool's text columns are for people, its numbers are NULL unless one literal decides.
 */
#include "probes/source/emit.h"
#include "probes/source/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Names of programs and modules: of printable characters, but a section of a supervisor file may hold quotes. */
const char *json_names(struct arena *a, const char *const *names, size_t n)
{
        CLEANUP(str_release) struct str out = {0};
        for (size_t i = 0; i < n; i++) {
                str_add(&out, i ? ",\"" : "\"");
                for (const char *p = names[i]; *p; p++) {
                        if (*p == '"' || *p == '\\')
                                str_add_char(&out, '\\');
                        str_add_char(&out, (unsigned char)*p < ' ' ? '?' : *p);
                }
                str_add_char(&out, '"');
        }
        return arena_printf(a, "[%s]", str_text(&out));
}

static void emit_file(const struct file *f, struct sink *k)
{
        EMIT(k, "code_file", TEXT("path", f->path), TEXT("module", f->module), TEXT("language", language_name(f->lang)),
             maybe_int("bytes", f->bytes || f->is_left_out, f->bytes ? (int64_t)f->len : f->size), maybe_int("lines", f->bytes != NULL, (int64_t)f->line_count),
             TEXT("sha256", f->bytes ? f->sha256 : NULL), maybe_int("unparsed_line", f->unparsed_line > 0, f->unparsed_line), TEXT("note", f->note));
}

/* ── Pools ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

bool value_decided(const struct value *v)
{
        return !v->ambiguous && !v->is_template && (v->kind == V_NUMBER || v->kind == V_BOOL || (v->kind == V_TEXT && !v->holes) || v->kind == V_NONE);
}

static struct cell knob_int(const struct pool *p, const char *knob, const char *column)
{
        const struct knob *k = pool_knob(p, knob);
        return maybe_int(column, k && value_decided(&k->value) && (k->value.kind == V_NUMBER || k->value.kind == V_BOOL), k ? (int64_t)k->value.number : 0);
}

static struct cell knob_real(const struct pool *p, const char *knob, const char *column)
{
        const struct knob *k = pool_knob(p, knob);
        bool known = k && value_decided(&k->value) && k->value.kind == V_NUMBER;
        return known ? REAL(column, k->value.number) : NONE(column);
}

/* SQLAlchemy opens at most size + overflow connections; NullPool keeps none. */
static const char *application_of(const struct pool *p)
{
        const char *program = p->file->source->shared->files[p->file->index].only_program;
        if (p->application.kind != V_TEXT || p->application.holes)
                return NULL;
        if (!strchr(p->application.text, HOLE_PROGRAM))
                return p->application.text;
        return program && !strcmp(p->application.text, "\002") ? program : NULL;
}

static const char *pool_trail(struct source *s, const struct pool *p)
{
        CLEANUP(str_release) struct str out = {0};
        for (size_t i = 0; i < p->knobs.len; i++) {
                const struct knob *k = &p->knobs.items[i];
                const char *value = value_text(s->scratch, &k->value);
                if (!k->given)
                        continue;
                str_printf(&out, "%s%s %s: %s", out.len ? "; " : "", k->name, value && value_decided(&k->value) ? value : "unresolved", k->value.trail ? k->value.trail : "");
        }
        return out.len ? arena_strdup(s->scratch, str_text(&out)) : "nothing is given: the library's defaults";
}

static void emit_pool(struct source *s, struct sink *k, const struct pool *p)
{
        const struct file *f = p->file;
        int line, col;
        file_position(f, f->nodes[p->node].start, &line, &col);
        const char *snippet = file_snippet(s->scratch, f, f->nodes[p->node].start, f->nodes[p->node].end, 400);
        struct cell size = p->is_null_pool ? INT("size", 0) : knob_int(p, "size", "size");
        struct cell overflow = p->is_null_pool ? INT("overflow", 0) : knob_int(p, "overflow", "overflow");
        const struct knob *cap = pool_knob(p, "size"), *min = pool_knob(p, "min_size");
        if (!strcmp(p->library, "psycopg_pool") && cap && !cap->given && min) /* max_size None is min_size */
                size = knob_int(p, "min_size", "size");
        EMIT(k, "code_pool", TEXT("pool", p->name), TEXT("library", p->library), TEXT("kind", p->is_null_pool ? "nullpool" : p->kind), INT("async", p->is_async),
             TEXT("path", f->path), TEXT("module", f->module), TEXT("qualname", p->scope->qualname), INT("line", line), INT("col", col),
             INT("byte_start", f->nodes[p->node].start), INT("byte_end", f->nodes[p->node].end), TEXT("scope", p->scope_class), TEXT("context", p->context),
             TEXT("driver", p->driver), TEXT("url", p->url), TEXT("application_name", application_of(p)), maybe_int("behind_pooler", p->behind_pooler >= 0, p->behind_pooler),
             size, overflow, knob_int(p, "min_size", "min_size"), knob_real(p, p->is_redis ? "socket_timeout" : "timeout", "timeout_s"), knob_real(p, "recycle", "recycle_s"),
             knob_int(p, "pre_ping", "pre_ping"), knob_real(p, "command_timeout", "command_timeout_s"), knob_int(p, "statement_cache_size", "statement_cache_size"),
             knob_int(p, "echo", "echo"), TEXT("programs", s->shared->files[f->index].programs),
             TEXT("trail", pool_trail(s, p)), TEXT("snippet_hash", snippet_hash(s->scratch, snippet)));
}

/* One row for each knob: where the deciding literal stands, or where the keyword would be added (an empty range). */
static void emit_value(struct source *s, struct sink *k, const struct pool *p, const struct knob *knob)
{
        const struct value *v = &knob->value;
        bool decided = value_decided(v);
        const struct file *f = knob->given ? v->decided_in : p->file;
        uint32_t start = knob->given ? v->start : knob->insert_at, end = knob->given ? v->end : knob->insert_at;
        bool placed = f && (knob->given ? v->decider != BY_COMPUTED : knob->insert_at > 0);
        int line = 0, col = 0;
        if (placed)
                file_position(f, start, &line, &col);
        EMIT(k, "code_value", TEXT("pool", p->name), TEXT("knob", knob->name), TEXT("value", decided || v->is_template ? value_text(s->scratch, v) : NULL),
             TEXT("path", placed ? f->path : NULL), TEXT("format", placed ? language_name(f->lang) : NULL), TEXT("key_path", v->key ? v->key : knob->keyword),
             maybe_int("line", placed, line), maybe_int("col", placed, col), maybe_int("byte_start", placed, start), maybe_int("byte_end", placed, end),
             TEXT("decided_by", !knob->given ? "default" : v->kind == V_UNKNOWN || v->ambiguous ? "unresolved" : decider_name(v->decider)),
             INT("resolved", decided && (placed || !knob->given)), TEXT("trail", v->trail));
}

static void emit_pools(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->focus->pools.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                const struct pool *p = s->focus->pools.items[i];
                emit_pool(s, k, p);
                for (size_t n = 0; n < p->knobs.len; n++) {
                        emit_value(s, k, p, &p->knobs.items[n]);
                        emit_decisions(s, k, p, &p->knobs.items[n]);
                }
        }
}

/* Settings of poolers, as rows of the pool 'pgbouncer'. */
static void emit_pgbouncer(struct source *s, struct sink *k)
{
        const struct file *f = s->focus;
        if (f->lang != LANG_INI || !config_has_prefix(f, "pgbouncer"))
                return;
        for (size_t e = 0; e < f->entries.len; e++) {
                const struct entry *entry = &f->entries.items[e];
                int line, col;
                if (!str_starts(entry->key, "pgbouncer.") && !str_starts(entry->key, "databases."))
                        continue;
                bool database = str_starts(entry->key, "databases.");
                file_position(f, entry->start, &line, &col);
                EMIT(k, "code_value", TEXT("pool", "pgbouncer"), TEXT("knob", database ? entry->key : strchr(entry->key, '.') + 1),
                     TEXT("value", strstr(entry->value, "password") ? NULL : entry->value), TEXT("path", f->path), TEXT("format", "ini"), TEXT("key_path", entry->key), INT("line", line),
                     INT("col", col), INT("byte_start", entry->start), INT("byte_end", entry->end), TEXT("decided_by", "ini"), INT("resolved", 1),
                     TEXT("trail", arena_printf(s->scratch, "%s:%d", f->path, line)));
        }
}

/* ── The rest ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void emit_caches(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->python->caches.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                const struct cache *c = &s->python->caches.items[i];
                int line, col;
                file_position(c->file, c->start, &line, &col);
                const char *snippet = file_snippet(s->scratch, c->file, c->start, c->end, 400);
                EMIT(k, "code_cache", TEXT("cache", c->name), TEXT("tier", c->tier), TEXT("library", c->library), TEXT("path", c->file->path),
                     TEXT("module", c->file->module), TEXT("qualname", c->scope->qualname), INT("line", line), INT("col", col), INT("byte_start", c->start),
                     INT("byte_end", c->end), maybe_int("max_size", c->max_size >= 0, c->max_size), REAL("ttl_s", c->ttl_s),
                     maybe_int("bounded", c->bounded >= 0, c->bounded), TEXT("template", c->template), TEXT("trail", c->trail), TEXT("context", c->context),
                     TEXT("snippet_hash", snippet_hash(s->scratch, snippet)));
        }
}

static void emit_sites(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->python->sites.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                const struct site *x = &s->python->sites.items[i];
                int line, col;
                if (!x->used)
                        continue;
                file_position(x->file, x->start, &line, &col);
                const char *snippet = file_snippet(s->scratch, x->file, x->start, x->end, 160);
                EMIT(k, "code_site", INT("site", x->id), maybe_int("parent", x->parent > 0, x->parent), TEXT("kind", x->kind), TEXT("what", x->what),
                     TEXT("callee", x->callee), TEXT("receiver", x->receiver), TEXT("receiver_type", x->receiver_type), TEXT("pool", pool_name(x->pool)),
                     TEXT("path", x->file->path), TEXT("module", x->file->module), TEXT("qualname", x->scope->qualname), INT("line", line), INT("col", col),
                     INT("byte_start", x->start), INT("byte_end", x->end), INT("async", x->is_async), INT("blocking", x->blocking),
                     maybe_int("loop", x->loop > 0, x->loop), maybe_int("holding", x->holding > 0, x->holding), TEXT("context", x->context), TEXT("args", x->args),
                     TEXT("snippet", snippet), TEXT("snippet_hash", snippet_hash(s->scratch, snippet)), TEXT("note", x->note));
        }
}

void emit_focus(struct source *s, struct sink *k)
{
        emit_file(s->focus, k);
        emit_pools(s, k);
        emit_pgbouncer(s, k);
        emit_pool_settings(s, k);
        emit_arguments(s, k);
        emit_server_settings(s, k);
        emit_caches(s, k);
        emit_sites(s, k);
        emit_statements(s, k);
        emit_schema(s, k);
        emit_models(s, k);
        emit_tasks(s, k);
        emit_rq(s, k);
        emit_versions(s, k);
        emit_databases(s, k);
}
