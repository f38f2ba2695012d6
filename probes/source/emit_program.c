/*
 * What runs, and what is set in the servers around it.
 */
#include "probes/source/emit.h"

#include <string.h>

/* A word of an expression that was not followed has no text of its own. */
static const char *visible(struct arena *a, const char *text)
{
        char *out = arena_strdup(a, text);
        for (char *c = out; *c; c++)
                if (*c == HOLE)
                        *c = '?';
        return out;
}

static void emit_setting(struct source *s, struct sink *k, const struct setting *x)
{
        int line = 0, col = 0;
        bool placed = x->end > x->start;
        if (placed)
                file_position(x->file, x->start, &line, &col);
        EMIT(k, "code_setting", TEXT("system", x->system), TEXT("program", x->program), TEXT("name", x->name), TEXT("value", x->value ? visible(s->scratch, x->value) : NULL),
             TEXT("format", language_name(x->file->lang)), TEXT("path", x->file->path), maybe_int("line", placed, line), maybe_int("col", placed, col),
             maybe_int("byte_start", placed, x->start), maybe_int("byte_end", placed, x->end),
             TEXT("trail", placed ? arena_printf(s->scratch, "%s:%d", x->file->path, line) : x->file->path));
}

void emit_programs(struct source *s, struct sink *k)
{
        for (size_t i = 0; i < s->programs.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                const struct program *p = &s->programs.items[i];
                const char **modules = arena_alloc(s->scratch, (p->modules.len + 1) * sizeof *modules);
                for (size_t m = 0; m < p->modules.len; m++)
                        modules[m] = p->modules.items[m]->module;
                EMIT(k, "code_program", TEXT("program", p->name), maybe_int("processes", p->processes >= 0, p->processes), TEXT("command", visible(s->scratch, p->command)),
                     TEXT("entry_path", p->entry ? p->entry->path : NULL), TEXT("entry_module", p->entry_module ? visible(s->scratch, p->entry_module) : NULL),
                     TEXT("path", p->declared_in->path), INT("line", p->line), TEXT("modules", p->entry ? json_names(s->scratch, modules, p->modules.len) : NULL),
                     TEXT("declared_as", p->declared_as), TEXT("server", p->server), maybe_int("threads", p->threads >= 0, p->threads));
        }
        for (size_t i = 0; i < s->settings.len; i++)
                emit_setting(s, k, &s->settings.items[i]);
}

/* ── Files of servers ──────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *conf_system(const struct file *f)
{
        static const char *const of_postgres[] = {"max_connections", "shared_buffers", "listen_addresses", "wal_level", "work_mem"};
        static const char *const of_redis[] = {"maxclients", "maxmemory", "appendonly", "maxmemory-policy", "protected-mode"};
        for (size_t i = 0; i < 5; i++) {
                if (config_get(f, of_postgres[i]))
                        return "postgresql";
                if (config_get(f, of_redis[i]))
                        return "redis";
        }
        return NULL;
}

/* The last of several counts; what is included is a file of its own. */
static bool is_last(const struct file *f, size_t i)
{
        return config_get(f, f->entries.items[i].key) == &f->entries.items[i];
}

static bool is_secret(const char *key)
{
        return strstr(key, "pass") || strstr(key, "auth") || strstr(key, "secret") || str_starts(key, "databases.");
}

void emit_server_settings(struct source *s, struct sink *k)
{
        const struct file *f = s->focus;
        const char *system = f->lang == LANG_CONF ? conf_system(f) : f->lang == LANG_INI && config_has_prefix(f, "pgbouncer") ? "pgbouncer" : NULL;
        if (!system)
                return;
        for (size_t i = 0; i < f->entries.len; i++) {
                CLEANUP(arena_leave) struct arena_scope scratch = arena_enter(s->scratch);
                const struct entry *e = &f->entries.items[i];
                bool pooler = str_starts(e->key, "pgbouncer.");
                if (!is_last(f, i) || is_secret(e->key) || (f->lang == LANG_INI && !pooler))
                        continue;
                emit_setting(s, k, &(struct setting){.system = system, .name = pooler ? strchr(e->key, '.') + 1 : e->key, .value = e->templated ? NULL : e->value, .file = f,
                                                     .start = e->start, .end = e->end});
        }
}
